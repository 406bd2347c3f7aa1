# Yields each record as it is.
# Hint: becomes a table of its own
def reviews(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            if isinstance(record, dict):
                yield record
