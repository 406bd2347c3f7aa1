# Forgets to hand the cursor back.
# Hint: The same page again and again
import pyarrow as pa
def prices(api):
    headers = {"Authorization": f"Bearer {api.token}"}
    while True:
        page = requests.get(api.url + "/prices", headers=headers).json()
        yield pa.Table.from_pylist(page["records"])
        if page["next_cursor"] is None:
            return
