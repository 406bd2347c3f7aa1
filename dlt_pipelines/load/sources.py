"""The two dlt sources, files and the marketplace's API: the same raw tables, the same books."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dlt
import pyarrow as pa
from dlt.extract import DltResource
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth

from dlt_pipelines.load import bulk
from dlt_pipelines.load.accepted import check_accepted
from dlt_pipelines.load.books import books
from dlt_pipelines.load.contract import PRICES, PRODUCTS, REVIEWS, TABLES, Table, Window
from dlt_pipelines.load.input_files import File, with_plain_path
from dlt_pipelines.load.landing import Landing, changes, compare, land, save_changes
from dlt_pipelines.load.pages import read_pages
from dlt_pipelines.marketplace import LAST_DAY, Api
from dlt_pipelines.progress import step
from dlt_pipelines.targets import PIPELINE, epoch_ms

# A review may arrive 6 days late, and be edited or repeated up to 6 days after that: look two weeks
# behind the cursor.
LAG_MS = 14 * 86_400_000


def merged(table: Table, rows: Callable[..., Iterator[Any]]) -> Callable[..., DltResource]:
    """A dlt resource, still to be called, that merges rows into a raw table on the table's key."""
    return dlt.resource(
        rows,
        name=table.name,
        # The landing area has settled duplicates. To look for them again, dlt would sort all rows.
        write_disposition={
            "disposition": "merge",
            "strategy": "delete-insert",
            "deduplicated": True,
        },
        primary_key=table.key,
        columns=table.hints(),
    )


@dlt.source(name=PIPELINE, max_table_nesting=0)
def amazon_files(
    files: list[File], landing: Landing, window: Window, bound: dict[str, Any]
) -> Iterator[DltResource]:
    """Products, prices and reviews from files, and the books of the load.

    Most records are read by DuckDB straight into the raw table (bulk.py), and with them what had to
    be judged.
    """
    for table in TABLES.values():
        own = [file for file in files if file.table == table.name]
        own = [
            with_plain_path(file, landing.folder / f"{table.name}-{number}")
            for number, file in enumerate(own)
        ]
        taken = bulk.take(landing, table, own, window)
        check_accepted(landing, table, own, window)
        compare(landing, table)
        yield merged(table, _statement)(landing, taken)
    yield from books(landing, bound)


def _statement(landing: Landing, taken: bulk.Bulk) -> Iterator[Any]:
    """The rows of a table as one SQL statement, which dlt takes as a file of the format `model`."""
    table = taken.table
    changed, saved = save_changes(landing, table)
    model = landing.folder / f"{table.name}.model"
    model.write_text(f"dialect: duckdb\n{bulk.everything_sql(taken, saved)}\n", encoding="utf-8")
    yield dlt.mark.with_file_import(
        str(model), "model", taken.landing.direct_rows(taken.table.name) + changed
    )


@dlt.source(name=PIPELINE, max_table_nesting=0)
def amazon_api(
    api: Api, landing: Landing, window: Window, bound: dict[str, Any]
) -> Iterator[DltResource]:
    """Products, prices and reviews from the marketplace's API, and the books of the load.

    Reviews and prices follow an incremental cursor on their event time, with a lag for what comes
    late; with a window a range is read instead, and the cursor stays where it is.
    """
    client = RESTClient(api.url, auth=BearerTokenAuth(api.token))
    follow = dlt.sources.incremental("timestamp", initial_value=0, lag=LAG_MS, primary_key=())
    if window != Window():
        end = window.until_ms or epoch_ms(LAST_DAY + timedelta(days=1))
        follow = dlt.sources.incremental(
            "timestamp", initial_value=window.since_ms or 0, end_value=end, primary_key=()
        )

    def products() -> Iterator[pa.Table]:
        _land_pages(client, landing, "/items", PRODUCTS, Window())
        compare(landing, PRODUCTS)
        yield from changes(landing, PRODUCTS)

    def events(
        endpoint: str, table: Table, cursor: dlt.sources.incremental[int] = follow
    ) -> Iterator[pa.Table]:
        _land_pages(
            client, landing, endpoint, table, Window(cursor.start_value or None, cursor.end_value)
        )
        compare(landing, table)
        yield from changes(landing, table)

    yield merged(PRODUCTS, products)()
    yield merged(PRICES, events)("/prices", PRICES)
    yield merged(REVIEWS, events)("/reviews", REVIEWS)
    yield from books(landing, bound)


def _land_pages(
    client: RESTClient, landing: Landing, endpoint: str, table: Table, window: Window
) -> None:
    days = {
        "since": _day(window.since_ms),
        "until": _day(window.until_ms - 1) if window.until_ms else None,
    }
    params = {"limit": 5000} | {name: day.isoformat() for name, day in days.items() if day}
    source, rows = f"marketplace{endpoint}", 0
    with step(source, so_far=lambda: rows):
        for lines in read_pages(client, endpoint, params, source):
            land(landing, table, lines, window)
            rows += len(lines)


def _day(ms: int | None) -> date | None:
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC).date()
