# Freezes the columns.
# Hint: stops the load at a new field
contract = {"columns": "freeze", "data_type": "freeze"}
