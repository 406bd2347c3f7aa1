"""The landing area: a run's records judged, compared with the warehouse, and counted, before dlt loads what is new.

A DuckDB file beside the warehouse, made anew by every run. Each record gets exactly one verdict:

inserted    its key is new to the warehouse
updated     its key is known, its content is not
unchanged   the warehouse has it already
duplicate   another record of the same key came later in the same run; the newest is kept
rejected    it breaks the contract (see records.py)
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from dlt_pipelines.records import Table, judging_sql

BATCH_ROWS = 50_000
VERDICTS = {"inserted": "inserted", "updated": "updated", "unchanged": "unchanged", "duplicate": "duplicates", "rejected": "rejected"}

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


def open_landing(folder: Path) -> duckdb.DuckDBPyConnection:
    """A connection to an empty landing file in `folder`; what an earlier run left there is thrown away."""
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in folder.glob("landing.duckdb*"):
        leftover.unlink()
    landing = duckdb.connect(str(folder / "landing.duckdb"))
    landing.execute("set preserve_insertion_order = false")
    if limit := os.environ.get("COURSE_MEMORY_LIMIT"):
        landing.execute("set memory_limit = ?", [limit])
    return landing


def close_landing(landing: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Close the landing file and delete it: what it held is in the warehouse."""
    landing.close()
    for leftover in folder.glob("landing.duckdb*"):
        with suppress(OSError):  # on Windows a half-read result may still hold it; the next run removes it
            leftover.unlink()


def land(
    landing: duckdb.DuckDBPyConnection,
    table: Table,
    lines: pa.RecordBatchReader | pa.Table,
    *,
    since_ms: int | None = None,
    until_ms: int | None = None,
) -> None:
    """Judge lines (source, page, source_no, position, line, problem) and add them to the run's records of a table.

    Good records whose event time (epoch milliseconds) is before `since_ms`, or is `until_ms` or later, are not
    asked for: they are left where they are and not counted.
    """
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    asked_for = []
    if table.event_time and since_ms is not None:
        asked_for.append(f"{table.event_time} >= {since_ms}")
    if table.event_time and until_ms is not None:
        asked_for.append(f"{table.event_time} < {until_ms}")
    judged = judging_sql(table, "lines", now_ms)
    if asked_for:
        judged = f"select * from ({judged}) where reason is not null or ({' and '.join(asked_for)})"
    exists = landing.execute("select 1 from duckdb_tables() where table_name = ?", [table.name]).fetchone()
    landing.register("lines", lines)
    landing.execute(f"insert into {table.name} {judged}" if exists else f"create table {table.name} as {judged}")
    landing.unregister("lines")


def landed_count(landing: duckdb.DuckDBPyConnection, table: Table) -> int:
    """How many records of a table came in."""
    return landing.table(table.name).count("*").fetchone()[0]


def compare(landing: duckdb.DuckDBPyConnection, table: Table, warehouse: Path | None) -> None:
    """Give every record its verdict, in a table `<name>_verdicts` (seq, verdict).

    `warehouse` is the file that holds amazon_raw, or None where nothing is to be compared with. It is open only
    while this runs.
    """
    key = ", ".join(table.key)
    known = _attached(landing, table, warehouse)
    verdict = "'inserted'"
    if known:
        mine, theirs = (", ".join(f"{side}.{name}" for name in table.columns()) for side in ("l", "w"))
        verdict = f"""case when w.{table.key[0]} is null then 'inserted'
            when ({mine}) is not distinct from ({theirs}) then 'unchanged' else 'updated' end"""
    landing.execute(f"""
        create or replace table {table.name}_verdicts as
        with newest as (
            select {key}, max(seq) as newest_seq from {table.name} where reason is null group by all having count(*) > 1
        )
        select l.seq, case when l.reason is not null then 'rejected' when l.seq < newest_seq then 'duplicate' else {verdict} end as verdict
        from {table.name} as l
        left join newest using ({key})
        {f"left join warehouse.amazon_raw.{table.name} as w using ({key})" if known else ""}
    """)
    if warehouse and warehouse.exists():
        landing.execute("detach warehouse")


def _attached(landing: duckdb.DuckDBPyConnection, table: Table, warehouse: Path | None) -> bool:
    if not warehouse or not warehouse.exists():
        return False
    landing.execute(f"attach '{str(warehouse).replace(chr(39), chr(39) * 2)}' as warehouse")
    return bool(
        landing.execute(
            "select 1 from duckdb_tables() where database_name = 'warehouse' and schema_name = 'amazon_raw' and table_name = ?",
            [table.name],
        ).fetchone()
    )


def changes(landing: duckdb.DuckDBPyConnection, table: Table) -> Iterator[pa.Table]:
    """What the warehouse lacks: the inserted and updated records, as Arrow tables of the table's columns."""
    columns = ", ".join(f"{name}::varchar as {name}" if kind == "json" else name for name, kind in table.columns().items())
    yield from _tables(
        landing,
        f"select {columns} from {table.name} semi join "
        f"(select seq from {table.name}_verdicts where verdict in ('inserted', 'updated')) using (seq)",
    )


def rejected(landing: duckdb.DuckDBPyConnection, table: Table, warehouse: Path | None) -> Iterator[pa.Table]:
    """The rejected records that the warehouse's `rejected_records` does not hold yet (REJECTED_COLUMNS)."""
    sql = f"""select '{table.name}' as table_name, source, seq & ((1::bigint << 40) - 1) as position, reason, raw_text
        from {table.name} where reason is not null"""
    rejects = Table("rejected_records", {}, (), ())
    if _attached(landing, rejects, warehouse):
        sql += " except select table_name, source, position, reason, raw_text from warehouse.amazon_raw.rejected_records"
    found = list(_tables(landing, f"select * from ({sql}) order by source, position"))
    if warehouse and warehouse.exists():
        landing.execute("detach warehouse")
    yield from found


def reconciliation(landing: duckdb.DuckDBPyConnection, table: Table, load_id: str) -> pa.Table:
    """One row for each file or page of the run, in RECONCILIATION_COLUMNS.

    rows_in is counted where records land, the five others where they got their verdicts, so that the equation
    fails if a record is lost or doubled on the way between.
    """
    counts = ", ".join(f"count(*) filter (verdict = '{verdict}') as {column}" for verdict, column in VERDICTS.items())
    return landing.execute(
        f"""with landed as (select page, count(*) as rows_in, min(seq) as first_seq from {table.name} group by page),
        judged as (
            select page, {counts} from {table.name}_verdicts
            left join (select distinct page, seq from {table.name}) using (seq) group by page
        )
        select '{load_id}' as load_id, '{table.name}' as table_name, page as source, rows_in, {", ".join(VERDICTS.values())}
        from landed left join judged using (page) order by first_seq"""
    ).to_arrow_table()


def _tables(landing: duckdb.DuckDBPyConnection, sql: str) -> Iterator[pa.Table]:
    reader = landing.execute(sql).to_arrow_reader(BATCH_ROWS)
    empty = True
    for batch in reader:
        empty = False
        yield pa.Table.from_batches([batch])
    if empty:  # an empty table all the same, so that dlt makes it in the warehouse
        yield reader.schema.empty_table()
