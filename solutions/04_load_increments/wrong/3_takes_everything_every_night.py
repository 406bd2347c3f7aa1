# Takes everything every night.
# Hint: handed over again
def daily_reviews(shop):
    @dlt.resource(name="reviews", write_disposition="merge", primary_key="review_id")
    def reviews():
        yield shop
    return reviews
