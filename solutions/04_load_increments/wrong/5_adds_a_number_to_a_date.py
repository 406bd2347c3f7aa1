# Adds a number to a date.
# Error: TypeError: unsupported operand
def reviews_again(shop, first, last):
    span = dlt.sources.incremental("timestamp", initial_value=epoch_ms(first), end_value=epoch_ms(last + 1))
    made = dlt.resource(shop, name="reviews", write_disposition="merge", primary_key="review_id")
    return made.apply_hints(incremental=span)
