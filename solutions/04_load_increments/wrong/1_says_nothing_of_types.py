# Says nothing of types.
# Hint: third key
contract = {"columns": "discard_value"}
