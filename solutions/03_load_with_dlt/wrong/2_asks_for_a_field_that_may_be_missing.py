# Asks for fields that some reviews do not have.
# Hint: Not every review has every field
# Error: KeyError
def reviews(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            if isinstance(record, dict):
                names = ("user_id", "asin", "timestamp")
                numbers = {name: as_number(record[name]) for name in ("rating", "helpful_vote")}
                yield {name: record[name] for name in names} | numbers
