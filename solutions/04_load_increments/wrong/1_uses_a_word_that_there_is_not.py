# Uses a word that there is not.
# Hint: does not know
contract = {"columns": "discard", "data_type": "freeze"}
