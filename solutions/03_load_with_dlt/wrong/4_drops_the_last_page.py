# Drops the last page.
# Hint: A page too few
import pyarrow as pa
def prices(api):
    headers, params = {"Authorization": f"Bearer {api.token}"}, {}
    while True:
        page = requests.get(api.url + "/prices", params=params, headers=headers).json()
        if page["next_cursor"] is None:
            return
        yield pa.Table.from_pylist(page["records"])
        params = {"cursor": page["next_cursor"]}
