# Uses a name that there is not.
# Error: NameError: name 'paramz' is not defined
import pyarrow as pa


def prices(api):
    headers = {"Authorization": f"Bearer {api.token}"}
    params = {}
    while True:
        page = requests.get(api.url + "/prices", params=paramz, headers=headers).json()
        yield pa.Table.from_pylist(page["records"])
        if page["next_cursor"] is None:
            return
        params = {"cursor": page["next_cursor"]}
