# Names two of eight.
# Hint: One after the other
names = {"a": "second-database", "b": "mixed-modes", "c": ..., "d": ..., "e": ..., "f": ..., "g": ..., "h": ...}
