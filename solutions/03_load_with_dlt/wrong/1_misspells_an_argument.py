# Misspells an argument.
# Error: TypeError
def load_offers(pipeline, offers):
    return pipeline.run(offers, table_name="offers", write_dispositon="replace")
