# Takes a missing field for a changed one.
# Hint: nothing was rejected here
names = {'a': 'second-database', 'b': 'mixed-modes', 'c': 'broken-jinja', 'd': 'type-changed', 'e': 'wrong-version', 'f': 'slow-load', 'g': 'api-errors', 'h': 'duplicate-keys'}
