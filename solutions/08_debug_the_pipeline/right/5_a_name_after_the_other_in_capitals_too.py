# A name after the other, in capitals too.
names |= {"a": "second-database ", "b": "mixed-modes", "c": "broken-jinja", "d": "field-vanished"}
names["e"], names["f"], names["g"], names["h"] = "wrong-version", "slow-load", "API-errors", "duplicate-keys"
