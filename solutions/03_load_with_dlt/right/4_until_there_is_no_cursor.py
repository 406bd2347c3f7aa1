# A while loop over the cursor; record batches instead of tables.
import pyarrow as pa


def prices(api):
    cursor = ""
    while cursor is not None:
        asked = {"cursor": cursor} if cursor else {}
        answer = requests.get(f"{api.url}/prices", params=asked, headers={"Authorization": "Bearer " + api.token})
        answer.raise_for_status()
        page = answer.json()
        yield pa.RecordBatch.from_pylist(page["records"])
        cursor = page["next_cursor"]
