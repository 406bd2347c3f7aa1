# Takes a package for Python.
# Hint: `old-python` looks otherwise
names = {"a": "second-database", "b": "mixed-modes", "c": "broken-jinja", "d": "field-vanished", "e": "old-python", "f": "slow-load", "g": "api-errors", "h": "duplicate-keys"}
