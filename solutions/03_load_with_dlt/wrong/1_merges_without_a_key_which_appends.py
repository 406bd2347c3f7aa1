# Merges without a key, which appends.
# Hint: merges only if it has a primary key
def load_offers(pipeline, offers):
    return pipeline.run(offers, table_name="offers", write_disposition="merge")
