# Plain lines, an early continue, each field by name.
def reviews(path):
    for line in path.open(encoding="utf-8"):
        record = json.loads(line)
        if type(record) is not dict:
            continue
        yield {
            "helpful_vote": as_number(record.get("helpful_vote")),
            "rating": as_number(record.get("rating")),
            "timestamp": record.get("timestamp"),
            "asin": record.get("asin"),
            "user_id": record.get("user_id"),
        }
