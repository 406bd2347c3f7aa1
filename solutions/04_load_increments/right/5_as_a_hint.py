# The range as a hint of the resource, and an upsert.
def reviews_again(shop, first, last):
    day = 86_400_000
    made = dlt.resource(
        lambda: iter(shop), name="reviews", primary_key="review_id", write_disposition={"disposition": "merge", "strategy": "upsert"}
    )
    span = dlt.sources.incremental("timestamp", initial_value=epoch_ms(first), end_value=epoch_ms(last) + day)
    return made.apply_hints(incremental=span)
