# Has no end, so the stored cursor goes first.
# Hint: Nothing of the range was loaded
def reviews_again(shop, first, last):
    @dlt.resource(name="reviews", write_disposition="merge", primary_key="review_id")
    def reviews(cursor=dlt.sources.incremental("timestamp", initial_value=epoch_ms(first))):
        yield shop
    return reviews
