# Keeps the newest moment in dlt's state and filters in Python.
def daily_reviews(shop):
    @dlt.resource(name="reviews", write_disposition={"disposition": "merge", "strategy": "upsert"}, primary_key="review_id")
    def reviews():
        state = dlt.current.resource_state()
        since = state.get("newest", 0) - 20 * 86_400_000
        yield [record for record in shop if record["timestamp"] >= since]
        state["newest"] = max(record["timestamp"] for record in shop)

    return reviews()
