# The key and the rule as column hints of a decorated function.
def merged_reviews(batch):
    hints = {name: {"primary_key": True} for name in ("timestamp", "asin", "user_id")}

    @dlt.resource(name="reviews", write_disposition="merge", columns=hints | {"position": {"dedup_sort": "desc"}})
    def of_the_batch():
        yield batch

    return of_the_batch
