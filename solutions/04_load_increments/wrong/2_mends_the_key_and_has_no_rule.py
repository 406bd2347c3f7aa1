# Mends the key and has no rule.
# Hint: unless a column says which row wins
def merged_reviews(batch):
    key = ["user_id", "asin", "timestamp"]
    return dlt.resource(batch, name="reviews", write_disposition="merge", primary_key=key)
