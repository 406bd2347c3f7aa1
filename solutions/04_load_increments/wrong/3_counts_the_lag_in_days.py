# Counts the lag in days.
# Hint: in the cursor's own unit
def daily_reviews(shop):
    @dlt.resource(name="reviews", write_disposition="merge", primary_key="review_id")
    def reviews(cursor=dlt.sources.incremental("timestamp", initial_value=0, lag=12)):
        yield shop
    return reviews
