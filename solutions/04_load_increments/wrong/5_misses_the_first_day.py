# Begins a day too late.
# Hint: A part of the range is missing
def reviews_again(shop, first, last):
    span = dlt.sources.incremental(
        "timestamp", initial_value=epoch_ms(first + timedelta(days=1)), end_value=epoch_ms(last + timedelta(days=1))
    )
    made = dlt.resource(shop, name="reviews", write_disposition="merge", primary_key="review_id")
    return made.apply_hints(incremental=span)
