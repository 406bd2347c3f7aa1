# Takes the strategy upsert, which trusts the key.
# Hint: takes a key only once from a batch
def merged_reviews(batch):
    key, rule = ["user_id", "asin", "timestamp"], {"position": {"dedup_sort": "desc"}}
    how = {"disposition": "merge", "strategy": "upsert"}
    return dlt.resource(batch, name="reviews", write_disposition=how, primary_key=key, columns=rule)
