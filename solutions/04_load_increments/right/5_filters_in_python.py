# Filters in Python; there is no cursor that could move.
def reviews_again(shop, first, last):
    until = epoch_ms(last + timedelta(days=1))
    those = [record for record in shop if epoch_ms(first) <= record["timestamp"] < until]
    return dlt.resource(those, name="reviews", write_disposition="merge", primary_key="review_id")
