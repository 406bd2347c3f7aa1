"""The landing area: a run's records judged, compared with the warehouse, and counted, before dlt loads what is new.

A DuckDB file beside the warehouse, made anew by every run. Each record gets exactly one verdict:

inserted    its key is new to the warehouse
updated     its key is known, its content is not
unchanged   the warehouse has it already
duplicate   another record of the same key came later in the same load package; the newest is kept
rejected    it breaks the contract (see records.py)
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from dlt_pipelines.records import DUCKDB_TYPES, Table, judging_sql, text, window_sql

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
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    landing = duckdb.connect(str(folder / "landing.duckdb"))
    landing.execute("set preserve_insertion_order = false")
    landing.execute("set memory_limit = ?", [memory_limit()])
    landing.execute("set enable_progress_bar = true")  # so that DuckDB can be asked how far a statement is …
    landing.execute("set enable_progress_bar_print = false")  # … and says nothing by itself
    return landing


def memory_limit() -> str:
    """How much memory DuckDB may take while it loads; beyond that it writes to disk, beside the file at work."""
    return os.environ.get("COURSE_MEMORY_LIMIT") or "1GB"


def close_landing(landing: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Close the landing file and delete its folder: what it held is in the warehouse."""
    landing.close()
    shutil.rmtree(folder, ignore_errors=True)  # on Windows a half-read result may still hold a file; the next run removes it


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
    asked_for = window_sql(table, str(table.event_time), since_ms, until_ms)
    judged = f"select * from ({judging_sql(table, 'lines', now_ms)}) where reason is not null or ({asked_for})"
    exists = _exists(landing, table.name)
    landing.register("lines", lines)
    landing.execute(f"insert into {table.name} {judged}" if exists else f"create table {table.name} as {judged}")
    landing.unregister("lines")


def landed_count(landing: duckdb.DuckDBPyConnection, table: Table) -> int:
    """How many records of a table came in; none as long as it has not been looked at."""
    if not _exists(landing, table.name):
        return 0
    landed = landing.execute(f"select count(*) from {table.name}").fetchone()[0]
    return landed + landing.execute(f"select coalesce(sum(rows), 0)::bigint from {_direct(landing, table)}").fetchone()[0]


def updated_count(landing: duckdb.DuckDBPyConnection, table: Table) -> int:
    """How many records of a table got the verdict `updated`."""
    return landing.execute(f"select count(*) from {table.name}_verdicts where verdict = 'updated'").fetchone()[0]


def compare(landing: duckdb.DuckDBPyConnection, table: Table, warehouse: Path | None) -> None:
    """Give every record its verdict, in a table `<name>_verdicts` (seq, verdict).

    `warehouse` is the file that holds amazon_raw, or None where nothing is to be compared with. It is open only
    while this runs.
    """
    key = ", ".join(table.key)
    with attached(landing, table.name, warehouse) as known:
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
            select l.seq,
                case when l.reason is not null then 'rejected' when l.seq < newest_seq then 'duplicate' else {verdict} end as verdict
            from {table.name} as l
            left join newest using ({key})
            {f"left join {known} as w using ({key})" if known else ""}
        """)


@contextmanager
def attached(landing: duckdb.DuckDBPyConnection, table: str, warehouse: Path | None) -> Iterator[str | None]:
    """Hold the warehouse open while the block runs; gives the name of its raw table, or None if there is none."""
    if not warehouse or not warehouse.exists():
        yield None
        return
    landing.execute(f"attach {text(warehouse)} as warehouse")
    try:
        found = landing.execute(
            "select 1 from duckdb_tables() where database_name = 'warehouse' and schema_name = 'amazon_raw' and table_name = ?", [table]
        ).fetchone()
        yield f"warehouse.amazon_raw.{table}" if found else None
    finally:
        landing.execute("detach warehouse")


def changes(landing: duckdb.DuckDBPyConnection, table: Table) -> Iterator[pa.Table]:
    """What the warehouse lacks: the inserted and updated records, as Arrow tables of the table's columns."""
    yield from _tables(landing, _changes_sql(table))


def save_changes(landing: duckdb.DuckDBPyConnection, table: Table, path: Path) -> tuple[int, str]:
    """Write what `changes` gives to a Parquet file; returns the number of records, and SQL that reads them as the table's columns."""
    count = landing.execute(f"copy ({_changes_sql(table)}) to {text(path)} (format parquet)").fetchone()[0]
    columns = ", ".join(f"{name}::{DUCKDB_TYPES[kind]} as {name}" for name, kind in table.columns().items())
    return count, f"select {columns} from read_parquet({text(path)})"


def _changes_sql(table: Table) -> str:
    columns = ", ".join(f"{name}::varchar as {name}" if kind == "json" else name for name, kind in table.columns().items())
    changed = f"select seq from {table.name}_verdicts where verdict in ('inserted', 'updated')"
    return f"select {columns} from {table.name} semi join ({changed}) using (seq)"


def rejected(landing: duckdb.DuckDBPyConnection, table: Table, warehouse: Path | None) -> Iterator[pa.Table]:
    """The rejected records that the warehouse's `rejected_records` does not hold yet (REJECTED_COLUMNS)."""
    sql = f"""select '{table.name}' as table_name, source, seq & ((1::bigint << 40) - 1) as position, reason, raw_text
        from {table.name} where reason is not null"""
    with attached(landing, "rejected_records", warehouse) as known:
        if known:
            sql += f" except select table_name, source, position, reason, raw_text from {known}"
        found = list(_tables(landing, f"select * from ({sql}) order by source, position"))
    yield from found


def reconciliation(landing: duckdb.DuckDBPyConnection, table: Table, load_id: str) -> pa.Table:
    """One row for each file or page of the run, in RECONCILIATION_COLUMNS.

    rows_in is counted where records land, the five others where they got their verdicts, so that the equation
    fails if a record is lost or doubled on the way between. Records that go straight to the warehouse are all inserted;
    what arrives there is counted when the load is over.
    """
    counts = ", ".join(f"count(*) filter (verdict = '{verdict}') as {column}" for verdict, column in VERDICTS.items())
    return landing.execute(
        f"""with landed as (select page, count(*) as rows_in, min(seq) as first_seq from {table.name} group by page),
        judged as (
            select page, {counts} from {table.name}_verdicts
            left join (select distinct page, seq from {table.name}) using (seq) group by page
        ),
        direct as (select source_no, source as page, rows from {_direct(landing, table)})
        select '{load_id}' as load_id, '{table.name}' as table_name, page as source,
            (coalesce(rows_in, 0) + coalesce(direct.rows, 0))::bigint as rows_in,
            (coalesce(inserted, 0) + coalesce(direct.rows, 0))::bigint as inserted,
            {", ".join(f"coalesce({name}, 0)::bigint as {name}" for name in VERDICTS.values() if name != "inserted")}
        from landed left join judged using (page) full join direct using (page)
        where coalesce(rows_in, 0) + coalesce(direct.rows, 0) > 0
        order by coalesce(source_no, first_seq >> 40), first_seq"""
    ).to_arrow_table()


def _direct(landing: duckdb.DuckDBPyConnection, table: Table) -> str:
    """SQL of the records that go straight to the warehouse (see bulk.py): source_no, source, rows; from the API there are none."""
    if _exists(landing, f"{table.name}_direct"):
        return f"{table.name}_direct"
    return "(select 0 as source_no, '' as source, 0::bigint as rows where false)"


def _exists(landing: duckdb.DuckDBPyConnection, name: str) -> bool:
    return landing.execute("select 1 from duckdb_tables() where table_name = ?", [name]).fetchone() is not None


def _tables(landing: duckdb.DuckDBPyConnection, sql: str) -> Iterator[pa.Table]:
    reader = landing.execute(sql).to_arrow_reader(BATCH_ROWS)
    empty = True
    for batch in reader:
        empty = False
        yield pa.Table.from_batches([batch])
    if empty:  # an empty table all the same, so that dlt makes it in the warehouse
        yield reader.schema.empty_table()
