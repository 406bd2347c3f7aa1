# Calls a function that dlt does not have.
# Error: AttributeError: module 'dlt' has no attribute 'ressource'
def merged_reviews(batch):
    return dlt.ressource(batch, name="reviews", write_disposition="merge", primary_key=["user_id", "asin", "timestamp"])
