# Collects all pages first.
# Hint: yield each page when it is there
import pyarrow as pa
def prices(api):
    headers, params, records = {"Authorization": f"Bearer {api.token}"}, {}, []
    while True:
        page = requests.get(api.url + "/prices", params=params, headers=headers).json()
        records += page["records"]
        if page["next_cursor"] is None:
            break
        params = {"cursor": page["next_cursor"]}
    yield pa.Table.from_pylist(records)
