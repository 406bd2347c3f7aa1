# Merges, so that what is no longer on offer stays.
# Hint: never takes away
def load_offers(pipeline, offers):
    return pipeline.run(offers, table_name="offers", write_disposition="merge", primary_key="asin")
