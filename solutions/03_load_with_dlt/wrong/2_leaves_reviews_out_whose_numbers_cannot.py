# Leaves reviews out whose numbers cannot be read.
# Hint: is still a review
def reviews(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            if isinstance(record, dict) and as_number(record.get("rating")) is not None:
                review = {name: record.get(name) for name in ("user_id", "asin", "timestamp")}
                yield review | {name: as_number(record.get(name)) for name in ("rating", "helpful_vote")}
