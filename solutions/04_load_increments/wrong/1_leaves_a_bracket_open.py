# Leaves a bracket open.
# Error: SyntaxError: '{' was never closed
contract = {"columns": "discard_value", "data_type": "freeze"
