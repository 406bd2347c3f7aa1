# dlt's own client, which knows tokens and cursors.
import pyarrow as pa
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator


def prices(api):
    client = RESTClient(
        api.url,
        auth=BearerTokenAuth(api.token),
        paginator=JSONResponseCursorPaginator(cursor_path="next_cursor", cursor_param="cursor"),
        data_selector="records",
    )
    for page in client.paginate("/prices"):
        yield pa.Table.from_pylist(list(page))
