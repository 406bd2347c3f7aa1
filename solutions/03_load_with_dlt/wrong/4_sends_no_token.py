# Sends no token.
# Hint: needs the header `Authorization`
import pyarrow as pa
def prices(api):
    page = requests.get(api.url + "/prices").json()
    yield pa.Table.from_pylist(page["records"])
