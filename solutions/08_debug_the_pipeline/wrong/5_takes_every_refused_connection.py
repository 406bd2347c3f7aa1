# Takes every refused connection for a lock.
# Hint: Look inside the one process
names = {'a': 'second-database', 'b': 'locked-warehouse', 'c': 'broken-jinja', 'd': 'field-vanished', 'e': 'wrong-version', 'f': 'slow-load', 'g': 'api-errors', 'h': 'duplicate-keys'}
