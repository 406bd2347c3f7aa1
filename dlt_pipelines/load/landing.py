"""The landing area: a load's records judged, compared and counted, before anything is loaded.

A DuckDB file beside the warehouse, made anew by every load. Each record gets exactly one verdict:

inserted    its key is new to the warehouse
updated     its key is known, its content is not
unchanged   the warehouse has it already
duplicate   another record of the same key came later in the same load; the newest is kept
rejected    it breaks the contract (see contract.py)

For each raw table the file holds
`<table>`            the landed records: number (BIGINT, each its own), source, page, source_no,
                     position, reason, raw_text, and the table's columns; the newest record has
                     the greatest (source_no, position)
`<table>_verdicts`   number, verdict
`<table>_direct`     source_no, source, rows, hashes: by file, how many records DuckDB reads
                     straight (see bulk.py), and the sum of the hashes of their keys
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from dlt_pipelines.deletion import delete
from dlt_pipelines.load.contract import (
    DUCKDB_TYPES,
    MACROS,
    TABLES,
    Table,
    Window,
    judging_sql,
    text,
)
from dlt_pipelines.load.lines import LINES
from dlt_pipelines.locks import patiently

BATCH_ROWS = 50_000


@dataclass(frozen=True)
class Landing:
    """A load's landing area: its folder, and the warehouse to compare with (None: with nothing)."""

    connection: duckdb.DuckDBPyConnection
    folder: Path
    warehouse: Path | None

    def ask(self, sql: str, values: list | None = None) -> duckdb.DuckDBPyConnection:
        """Run a statement on the landing file."""
        return self.connection.execute(sql, values or [])

    def count(self, relation: str) -> int:
        """The number of rows of a relation of the landing file."""
        return self.ask(f"select count(*) from {relation}").fetchone()[0]

    def landed(self) -> int:
        """How many records have come in so far, of all tables."""
        return sum(self.count(table) + self.direct_rows(table) for table in TABLES)

    def direct_rows(self, table: str) -> int:
        """How many records of a table DuckDB reads straight (see bulk.py)."""
        return self.ask(f"select coalesce(sum(rows), 0)::bigint from {table}_direct").fetchone()[0]


@contextmanager
def opened_landing(folder: Path, warehouse: Path | None) -> Iterator[Landing]:
    """An empty landing area in `folder`; what is left there is thrown away, before and after."""
    delete(folder, inside=folder.parent, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(str(folder / "landing.duckdb"))
    landing = Landing(connection, folder, warehouse)
    try:
        landing.ask("set preserve_insertion_order = false")
        landing.ask("set memory_limit = ?", [memory_limit()])
        # so that DuckDB can be asked how far a statement is, and says nothing by itself
        landing.ask("set enable_progress_bar = true")
        landing.ask("set enable_progress_bar_print = false")
        landing.ask(MACROS)
        # Statements say themselves which side of a join is held in memory: the right, smaller one.
        landing.ask("set disabled_optimizers = 'join_order,build_side_probe_side'")
        landing.ask("create sequence numbers")
        for table in TABLES.values():
            _make_tables(landing, table)
        yield landing
    finally:
        connection.close()
        # on Windows a half-read result may still hold a file; the next load removes it
        delete(folder, inside=folder.parent, ignore_errors=True)


def _make_tables(landing: Landing, table: Table) -> None:
    columns = ", ".join(f'"{name}" {DUCKDB_TYPES[kind]}' for name, kind in table.columns().items())
    landing.ask(
        f"""create table {table.name} (number bigint, source varchar, page varchar,
            source_no integer, position bigint, reason varchar, raw_text varchar, {columns})"""
    )
    landing.ask(f"create table {table.name}_verdicts (number bigint, verdict varchar)")
    landing.ask(
        f"create table {table.name}_direct (source_no integer, source varchar, "
        "rows bigint, hashes hugeint)"
    )


def memory_limit() -> str:
    """How much memory DuckDB may take for a load; beyond it, it writes to disk, beside the file."""
    return os.environ.get("COURSE_MEMORY_LIMIT") or "1GB"


def land(
    landing: Landing, table: Table, lines: pa.RecordBatchReader | pa.Table, window: Window
) -> None:
    """Judge lines (LINES) and add them to the load's records of a table.

    Good records whose event time is outside the window are not asked for: they are left where they
    are, and not counted.
    """
    assert lines.schema == LINES
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    asked_for = window.sql(table, str(table.event_time))
    landing.connection.register("lines", lines)
    landing.ask(
        f"""insert into {table.name} by name
        select nextval('numbers') as number, * from ({judging_sql(table, "lines", now_ms)})
        where reason is not null or ({asked_for})"""
    )
    landing.connection.unregister("lines")


def compare(landing: Landing, table: Table) -> None:
    """Give every landed record of a table its verdict. The warehouse is open while this runs."""
    key = ", ".join(table.key)
    with attached(landing, table.name) as known:
        verdict, join_known = "'inserted'", ""
        if known:
            mine, theirs = (
                ", ".join(f"{side}.{name}" for name in table.columns()) for side in ("l", "w")
            )
            verdict = f"""case when w.{table.key[0]} is null then 'inserted'
                when ({mine}) is not distinct from ({theirs}) then 'unchanged' else 'updated' end"""
            rows_known = f"from {known} semi join {table.name} using ({key})"
            join_known = f"left join ({rows_known}) as w using ({key})"
        landing.ask(f"""
            insert into {table.name}_verdicts
            with repeated as (
                select {key}, max(row(source_no, position, number)) as newest
                from {table.name} where reason is null group by {key} having count(*) > 1
            )
            select l.number, case
                when l.reason is not null then 'rejected'
                when row(l.source_no, l.position, l.number) < newest then 'duplicate'
                else {verdict} end as verdict
            from {table.name} as l
            left join repeated using ({key})
            {join_known}
        """)


@contextmanager
def attached(landing: Landing, table: str) -> Iterator[str | None]:
    """Hold the warehouse open while the block runs; gives the name of its raw table, or None."""
    if not landing.warehouse or not landing.warehouse.exists():
        yield None
        return
    patiently(
        landing.warehouse, lambda: landing.ask(f"attach {text(landing.warehouse)} as warehouse")
    )
    try:
        found = landing.ask(
            """select 1 from duckdb_tables()
            where database_name = 'warehouse' and schema_name = 'amazon_raw' and table_name = ?""",
            [table],
        ).fetchone()
        yield f"warehouse.amazon_raw.{table}" if found else None
    finally:
        landing.ask("detach warehouse")


def changes(landing: Landing, table: Table) -> Iterator[pa.Table]:
    """What the warehouse lacks: inserted and updated records, as Arrow tables of its columns."""
    yield from as_tables(landing, _changes_sql(table))


def save_changes(landing: Landing, table: Table) -> tuple[int, str]:
    """Write what `changes` gives to a Parquet file.

    Returns the number of rows, and SQL that reads them as the table's columns.
    """
    path = landing.folder / f"{table.name}_changes.parquet"
    count = landing.ask(
        f"copy ({_changes_sql(table)}) to {text(path)} (format parquet)"
    ).fetchone()[0]
    columns = ", ".join(
        f'"{name}"::{DUCKDB_TYPES[kind]} as "{name}"' for name, kind in table.columns().items()
    )
    return count, f"select {columns} from read_parquet({text(path)})"


def changed_keys(landing: Landing, table: Table, *verdicts: str) -> pa.Table:
    """The keys of the landed records that got one of the verdicts."""
    return landing.ask(
        f"""select {", ".join(table.key)} from {table.name}
        semi join (select number from {table.name}_verdicts where verdict in {(*verdicts, "")})
            using (number)"""
    ).to_arrow_table()


def expected_rows(landing: Landing, table: Table) -> tuple[int, int, int]:
    """What has to arrive: records inserted, updated, and the sum of the hashes of their keys."""
    return landing.ask(
        f"""with landed as (
            select verdict, {table.hash()} as h
            from {table.name} inner join {table.name}_verdicts using (number)
            where verdict in ('inserted', 'updated')
        )
        select (select count(*) from landed where verdict = 'inserted') + sum(rows)::bigint,
            (select count(*) from landed where verdict = 'updated'),
            (select coalesce(sum(h), 0) from landed) + sum(hashes)::hugeint
        from (select rows, hashes from {table.name}_direct union all select 0, 0)"""
    ).fetchone()


def _changes_sql(table: Table) -> str:
    columns = ", ".join(
        f"{name}::varchar as {name}" if kind == "json" else name
        for name, kind in table.columns().items()
    )
    changed = f"select number from {table.name}_verdicts where verdict in ('inserted', 'updated')"
    return f"select {columns} from {table.name} semi join ({changed}) using (number)"


def as_tables(landing: Landing, sql: str) -> Iterator[pa.Table]:
    """The rows of a statement as Arrow tables.

    Where there are none, an empty one, so that dlt makes the table all the same.
    """
    reader = landing.ask(sql).to_arrow_reader(BATCH_ROWS)
    empty = True
    for batch in reader:
        empty = False
        yield pa.Table.from_batches([batch])
    if empty:
        yield reader.schema.empty_table()
