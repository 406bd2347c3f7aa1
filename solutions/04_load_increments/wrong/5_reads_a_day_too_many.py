# Reads a day too many.
# Hint: outside the range was loaded
def reviews_again(shop, first, last):
    @dlt.resource(name="reviews", write_disposition="merge", primary_key="review_id")
    def reviews(cursor=dlt.sources.incremental("timestamp", initial_value=epoch_ms(first), end_value=epoch_ms(last + timedelta(days=2)))):
        yield shop
    return reviews
