# Sorts the wrong way.
# Hint: up (`asc`) or down (`desc`)
def merged_reviews(batch):
    key, rule = ["user_id", "asin", "timestamp"], {"position": {"dedup_sort": "asc"}}
    return dlt.resource(batch, name="reviews", write_disposition="merge", primary_key=key, columns=rule)
