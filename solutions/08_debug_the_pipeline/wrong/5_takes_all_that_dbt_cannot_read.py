# Takes all that dbt cannot read for a wrong name.
# Hint: a bracket is not closed
names = {'a': 'second-database', 'b': 'mixed-modes', 'c': 'broken-ref', 'd': 'field-vanished', 'e': 'wrong-version', 'f': 'slow-load', 'g': 'api-errors', 'h': 'duplicate-keys'}
