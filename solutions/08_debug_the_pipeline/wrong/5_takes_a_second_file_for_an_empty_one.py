# Takes a second file for an empty one.
# Hint: Which file has that process open
names = {'a': 'nothing-loaded', 'b': 'mixed-modes', 'c': 'broken-jinja', 'd': 'field-vanished', 'e': 'wrong-version', 'f': 'slow-load', 'g': 'api-errors', 'h': 'duplicate-keys'}
