"""The books of a load, loaded with it: what was turned down, and where every record went.

They are dlt resources like the raw tables, come after them (`next_item_mode` in config.toml), and
enter the warehouse in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dlt
import pyarrow as pa
from dlt.extract import DltResource

from dlt_pipelines.load.contract import TABLES, Table
from dlt_pipelines.load.landing import Landing, as_tables, attached

# A verdict, and the column of the reconciliation that counts it.
VERDICTS = {
    "inserted": "inserted",
    "updated": "updated",
    "unchanged": "unchanged",
    "duplicate": "duplicates",
    "rejected": "rejected",
}
REJECTED_COLUMNS = {
    "table_name": {"data_type": "text"},
    "source": {"data_type": "text"},
    "position": {"data_type": "bigint"},
    "reason": {"data_type": "text"},
    "raw_text": {"data_type": "text"},
}
RECONCILIATION_COLUMNS = {
    "load_id": {"data_type": "text"},
    "table_name": {"data_type": "text"},
    "source": {"data_type": "text"},
    **{name: {"data_type": "bigint"} for name in ("rows_in", *VERDICTS.values())},
}


def books(landing: Landing, bound: dict[str, Any]) -> list[DltResource]:
    """The resources that keep the books.

    With them, what the target is bound to (see targets.py) enters the pipeline's state.
    """

    def rejected() -> Iterator[pa.Table]:
        for table in TABLES.values():
            yield from _rejected(landing, table)

    def reconciliation() -> Iterator[pa.Table]:
        dlt.current.source_state()["bound"] = bound
        load_id = dlt.current.load_package_state()["load_id"]
        for table in TABLES.values():
            yield _reconciliation(landing, table, load_id)

    append = {"write_disposition": "append"}
    return [
        dlt.resource(rejected(), name="rejected_records", columns=REJECTED_COLUMNS, **append),
        dlt.resource(
            reconciliation(), name="load_reconciliation", columns=RECONCILIATION_COLUMNS, **append
        ),
    ]


def _rejected(landing: Landing, table: Table) -> Iterator[pa.Table]:
    """The rejected records that `rejected_records` does not hold yet (REJECTED_COLUMNS)."""
    sql = f"""select '{table.name}' as table_name, source, position, reason, raw_text
        from {table.name} where reason is not null"""
    with attached(landing, "rejected_records") as known:
        if known:
            sql += f" except select table_name, source, position, reason, raw_text from {known}"
        found = list(as_tables(landing, f"select * from ({sql}) order by source, position"))
    yield from found


def _reconciliation(landing: Landing, table: Table, load_id: str) -> pa.Table:
    """One row for each file or page of the load, in RECONCILIATION_COLUMNS.

    rows_in is counted where records land, the five others where they got their verdicts, so that
    the equation fails if a record is lost or doubled on the way between. Records that are read
    straight are all inserted; whether they arrived is counted before the load is committed.
    """
    counts = ", ".join(
        f"count(*) filter (verdict = '{verdict}') as {column}"
        for verdict, column in VERDICTS.items()
    )
    others = ", ".join(
        f"coalesce({name}, 0)::bigint as {name}" for name in VERDICTS.values() if name != "inserted"
    )
    return landing.ask(f"""
        with landed as (
            select page, count(*) as rows_in, min(source_no) as source_no,
                min(position) as first_position
            from {table.name} group by page
        ),
        judged as (
            select page, {counts} from {table.name}_verdicts
            left join (select page, number from {table.name}) using (number) group by page
        ),
        direct as (select source_no, source as page, rows from {table.name}_direct)
        select '{load_id}' as load_id, '{table.name}' as table_name, page as source,
            (coalesce(rows_in, 0) + coalesce(direct.rows, 0))::bigint as rows_in,
            (coalesce(inserted, 0) + coalesce(direct.rows, 0))::bigint as inserted, {others}
        from landed left join judged using (page) full join direct using (page)
        where coalesce(rows_in, 0) + coalesce(direct.rows, 0) > 0
        order by coalesce(direct.source_no, landed.source_no), first_position
    """).to_arrow_table()
