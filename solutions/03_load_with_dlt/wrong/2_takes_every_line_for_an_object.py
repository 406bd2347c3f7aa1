# Takes every line for an object.
# Hint: isinstance(record, dict)
def reviews(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            review = {name: record.get(name) for name in ("user_id", "asin", "timestamp")}
            yield review | {name: as_number(record.get(name)) for name in ("rating", "helpful_vote")}
