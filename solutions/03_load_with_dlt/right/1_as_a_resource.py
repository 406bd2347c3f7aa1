# A resource that knows its name and its disposition.
def load_offers(pipeline, offers):
    resource = dlt.resource(offers, name="offers", write_disposition="replace")
    return pipeline.run(resource)
