# Two weeks instead of twelve days, and the cursor as a hint of the resource.
def daily_reviews(shop):
    day = 24 * 60 * 60 * 1000
    made = dlt.resource(shop, name="reviews", write_disposition="merge", primary_key=["review_id"])
    return made.apply_hints(incremental=dlt.sources.incremental("timestamp", initial_value=0, lag=14 * day))
