# Leaves a bracket open.
# Error: line 1 of your cell: contract = {
contract = {"columns": "discard_value", "data_type": "freeze"
