# The batch is cut down in Python before dlt sees it.
def merged_reviews(batch):
    key = ["user_id", "asin", "timestamp"]
    newest = {}
    for record in sorted(batch, key=lambda record: record["position"]):
        newest[tuple(record[name] for name in key)] = record
    disposition = {"disposition": "merge", "strategy": "upsert"}
    return dlt.resource(list(newest.values()), name="reviews", write_disposition=disposition, primary_key=key)
