# Forgets to return the resource.
# Hint: has to `return`
def daily_reviews(shop):
    @dlt.resource(name="reviews", write_disposition="merge", primary_key="review_id")
    def reviews(cursor=dlt.sources.incremental("timestamp", initial_value=0, lag=12 * 86_400_000)):
        yield shop
