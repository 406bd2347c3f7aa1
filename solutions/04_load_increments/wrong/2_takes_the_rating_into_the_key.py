# Takes the rating into the key.
# Hint: something in your key that an edit changes
def merged_reviews(batch):
    key, rule = ["user_id", "asin", "timestamp", "rating"], {"position": {"dedup_sort": "desc"}}
    return dlt.resource(batch, name="reviews", write_disposition="merge", primary_key=key, columns=rule)
