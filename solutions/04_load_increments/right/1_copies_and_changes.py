# Made from a contract that freezes everything.
frozen = dict.fromkeys(["tables", "columns", "data_type"], "freeze")
contract = frozen | {"tables": "evolve", "columns": "discard_value"}
