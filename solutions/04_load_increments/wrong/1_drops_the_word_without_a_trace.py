# Drops the word without a trace.
# Hint: must stop the load
contract = {"columns": "discard_value", "data_type": "discard_value"}
