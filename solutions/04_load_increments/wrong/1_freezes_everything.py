# Freezes everything.
# Hint: it can never be made
contract = {"tables": "freeze", "columns": "freeze", "data_type": "freeze"}
