# Yields the records, one dictionary a price.
# Hint: value by value
import pyarrow as pa
def prices(api):
    headers, params = {"Authorization": f"Bearer {api.token}"}, {}
    while True:
        page = requests.get(api.url + "/prices", params=params, headers=headers).json()
        yield from page["records"]
        if page["next_cursor"] is None:
            return
        params = {"cursor": page["next_cursor"]}
