# Appends the range.
# Hint: that is a merge
def reviews_again(shop, first, last):
    @dlt.resource(name="reviews", write_disposition="append", primary_key="review_id")
    def reviews(cursor=dlt.sources.incremental("timestamp", initial_value=epoch_ms(first), end_value=epoch_ms(last + timedelta(days=1)))):
        yield shop
    return reviews
