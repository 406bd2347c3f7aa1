# Gives back a list.
# Hint: with `yield`
def reviews(path):
    with open(path, encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return [{name: record.get(name) for name in ("user_id", "asin")} for record in records if isinstance(record, dict)]
