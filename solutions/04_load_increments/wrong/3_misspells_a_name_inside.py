# Uses a name that there is not, inside the resource.
# Error: NameError: name 'shopp' is not defined
def daily_reviews(shop):
    @dlt.resource(name="reviews", write_disposition="merge", primary_key="review_id")
    def reviews(cursor=dlt.sources.incremental("timestamp", initial_value=0, lag=12 * 86_400_000)):
        yield shopp

    return reviews
