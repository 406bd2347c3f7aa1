# All three keys, the default as well.
contract = dict(tables="evolve", columns="discard_value", data_type="freeze")
