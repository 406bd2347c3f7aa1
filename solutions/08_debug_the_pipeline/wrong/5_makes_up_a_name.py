# Makes up a name.
# Hint: written with hyphens
names = {'a': 'second-database', 'b': 'mixed-modes', 'c': 'broken-jinja', 'd': 'field-vanished', 'e': 'wrong-version', 'f': 'slow_load', 'g': 'api-errors', 'h': 'duplicate-keys'}
