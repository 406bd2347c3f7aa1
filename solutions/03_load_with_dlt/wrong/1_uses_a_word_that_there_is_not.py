# Uses a write disposition that there is not.
# Error: overwrite
def load_offers(pipeline, offers):
    return pipeline.run(offers, table_name="offers", write_disposition="overwrite")
