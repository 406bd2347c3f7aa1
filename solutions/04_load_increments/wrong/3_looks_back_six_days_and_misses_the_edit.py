# Looks back six days, and misses the edit.
# Hint: edited six days after that
def daily_reviews(shop):
    @dlt.resource(name="reviews", write_disposition="merge", primary_key="review_id")
    def reviews(cursor=dlt.sources.incremental("timestamp", initial_value=0, lag=6 * 86_400_000)):
        yield shop
    return reviews
