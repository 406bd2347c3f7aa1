# Picks the fields and leaves the numbers as they come.
# Hint: through `as_number`
def reviews(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            if isinstance(record, dict):
                yield {name: record.get(name) for name in ("user_id", "asin", "timestamp", "rating", "helpful_vote")}
