# A dlt resource, which cuts the records down in a step of its own.
import dlt


@dlt.resource(name="reviews")
def reviews(path):
    records = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    objects = (record for record in records if isinstance(record, dict))
    for record in objects:
        kept = {name: record.get(name) for name in ("user_id", "asin", "timestamp", "rating", "helpful_vote")}
        kept["rating"], kept["helpful_vote"] = as_number(kept["rating"]), as_number(kept["helpful_vote"])
        yield kept
