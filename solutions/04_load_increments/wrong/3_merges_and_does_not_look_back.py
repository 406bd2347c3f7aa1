# Merges, and does not look back.
# Hint: its timestamp lies before the cursor
def daily_reviews(shop):
    @dlt.resource(name="reviews", write_disposition="merge", primary_key="review_id")
    def reviews(cursor=dlt.sources.incremental("timestamp", initial_value=0)):
        yield shop
    return reviews
