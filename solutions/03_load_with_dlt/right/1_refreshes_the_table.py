# Drops the tables of the load before, and appends to a new one.
def load_offers(pipeline, offers):
    return pipeline.run(offers, table_name="offers", write_disposition="append", refresh="drop_resources")
