# Drops the whole record.
# Hint: drops the value alone
contract = {"columns": "discard_row", "data_type": "freeze"}
