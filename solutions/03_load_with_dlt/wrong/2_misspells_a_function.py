# Calls a function that there is not.
# Error: NameError: name 'as_nubmer' is not defined
def reviews(path):
    for line in open(path, encoding="utf-8"):
        record = json.loads(line)
        if isinstance(record, dict):
            yield {"rating": as_nubmer(record.get("rating"))}
