"""What a warehouse shows, read from a copy of its file, so that looking changes nothing."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

KEYS = {
    "products": "parent_asin",
    "prices": "parent_asin, timestamp",
    "reviews": "review_id",
}
LOADED = (*KEYS, "rejected_records", "load_reconciliation", "_dlt_pipeline_state")
MODELS = ("fct_reviews", "int_product_daily_ratings")  # those that keep the ledger
RAW, MODELLED = ("amazon_raw",), ("marts", "analytics", "snapshots")
# They tell of the load or of the clock, not of the data.
PASSING = ("load_id", "dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to")


@dataclass(frozen=True)
class Breaches:
    """How often each rule is broken that holds whenever nobody is at work on a target."""

    books: int = 0  # inserted is not the number of rows; an equation that fails
    orphans: int = 0  # rows of loads that are not complete
    doubled: int = 0  # keys that come more than once
    ledger: int = 0  # complete loads that a model has not noted, and the other way round

    def __bool__(self) -> bool:
        return bool(self.books or self.orphans or self.doubled or self.ledger)


@dataclass(frozen=True)
class View:
    """By table that has rows, their count and a hash of them; and the rules that are broken."""

    raw: dict[str, tuple] = field(default_factory=dict)
    modelled: dict[str, tuple] = field(default_factory=dict)
    breaches: Breaches = Breaches()
    rows_in: int = 0  # records of reviews that the last load has read

    def differs(self, other: View) -> list[str]:
        """The raw tables that hold other rows than in the other view."""
        return _differing(self.raw, other.raw)

    def models_differ(self, other: View) -> list[str]:
        """The models that hold other rows than in the other view."""
        return _differing(self.modelled, other.modelled)


def look(warehouse: Path, built: bool = False) -> View:
    """What a warehouse shows; `built`: dbt has taken in all loads, so that its ledger is full."""
    with _opened_copy(warehouse) as connection:
        if connection is None:
            return View()
        return View(
            _marks(connection, RAW),
            _marks(connection, MODELLED),
            _breaches(connection, built),
            _rows_in(connection),
        )


@contextmanager
def _opened_copy(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection | None]:
    if not warehouse.exists():
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        for path in warehouse.parent.glob(f"{warehouse.name}*"):
            if path.is_file():
                shutil.copy(path, folder)
        with duckdb.connect(str(Path(folder, warehouse.name))) as connection:
            yield connection


def count_lost(table: str, part: Path, whole: Path) -> int:
    """How many keys a raw table has in one warehouse, and not in the other."""
    with _opened_copy(part) as mine, _opened_copy(whole) as other:
        keys = f"select {KEYS[table]} from amazon_raw.{table}"
        found = [set(each.execute(keys).fetchall()) for each in (mine, other)]
    return len(found[0] - found[1])


def _marks(connection: duckdb.DuckDBPyConnection, schemas: tuple[str, ...]) -> dict[str, tuple]:
    columns = connection.execute(
        """select schema_name || '.' || table_name, list(column_name order by column_name)
        from duckdb_columns() semi join duckdb_tables() using (schema_name, table_name)
        where list_contains(?, schema_name) and not starts_with(table_name, '_dlt')
            and table_name <> 'load_reconciliation'
            and not starts_with(column_name, '_dlt') and not list_contains(?, column_name)
        group by all""",
        [list(schemas), list(PASSING)],
    ).fetchall()
    marks = {}
    for table, names in columns:
        row = ", ".join(f'"{name}"::varchar' for name in names)
        sums = f"count(*), sum(hash({row})::hugeint)::varchar, count(distinct hash({row}))"
        marks[table] = connection.execute(f"select {sums} from {table}").fetchone()
    return {table: mark for table, mark in marks.items() if mark[0]}


def _breaches(connection: duckdb.DuckDBPyConnection, built: bool) -> Breaches:
    there = _tables(connection, "amazon_raw")
    ask = _counter(connection)
    if "_dlt_loads" not in there:
        return Breaches(orphans=sum(ask(f"from amazon_raw.{name}") for name in there & {*LOADED}))
    complete = "(select load_id from amazon_raw._dlt_loads where status = 0)"
    marked = {name for name in there & {*LOADED} if _has_load_id(connection, name)}
    orphans = sum(ask(f"from amazon_raw.{name}") for name in (there & {*LOADED}) - marked)
    for name in marked:
        orphans += ask(f"from amazon_raw.{name} where _dlt_load_id not in {complete}")
    doubled = ask(f"from (from {complete} group by load_id having count(*) > 1)")
    for name in there & KEYS.keys():
        twice = f"from amazon_raw.{name} select {KEYS[name]} group by all having count(*) > 1"
        doubled += ask(f"from ({twice})")
    books, ledger = _wrong_books(connection, there), _wrong_ledger(connection, complete)
    return Breaches(books, orphans, doubled, ledger if built else 0)


def _wrong_books(connection: duckdb.DuckDBPyConnection, there: set[str]) -> int:
    """Lines and tables of which the account is wrong."""
    ask = _counter(connection)
    if "load_reconciliation" not in there or not _has_load_id(connection, "load_reconciliation"):
        return sum(ask(f"from amazon_raw.{name}") > 0 for name in KEYS.keys() & there)
    books = "from amazon_raw.load_reconciliation"
    verdicts = "inserted + updated + unchanged + duplicates + rejected"
    wrong = ask(f"{books} where rows_in is distinct from {verdicts} or load_id <> _dlt_load_id")
    for name in KEYS.keys() & there:
        booked = f"(select coalesce(sum(inserted), 0) {books} where table_name = '{name}')"
        wrong += ask(f"from (select count(*) as n from amazon_raw.{name}) where n <> {booked}")
    return wrong


def _wrong_ledger(connection: duckdb.DuckDBPyConnection, complete: str) -> int:
    wanted = f"(select unnest({list(MODELS)}) as model, load_id from {complete})"
    noted = "(select model, load_id from ledger.processed_loads)"
    if "processed_loads" not in _tables(connection, "ledger"):
        noted = "(select '' as model, '' as load_id where false)"
    ask = _counter(connection)
    twice = ask(f"from (from {noted} group by all having count(*) > 1)")
    lacking = ask(f"from (from {wanted} except from {noted})")
    return twice + lacking + ask(f"from (from {noted} except from {wanted})")


def _rows_in(connection: duckdb.DuckDBPyConnection) -> int:
    if "load_reconciliation" not in _tables(connection, "amazon_raw"):
        return 0
    return connection.execute(
        """select coalesce(sum(rows_in), 0)::bigint from amazon_raw.load_reconciliation
        where table_name = 'reviews'
            and load_id = (select max(load_id) from amazon_raw.load_reconciliation)"""
    ).fetchone()[0]


def _has_load_id(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    described = connection.execute(f"describe amazon_raw.{name}").fetchall()
    return "_dlt_load_id" in {column for column, *_ in described}


def _tables(connection: duckdb.DuckDBPyConnection, schema: str) -> set[str]:
    found = "select table_name from duckdb_tables() where schema_name = ?"
    return {name for (name,) in connection.execute(found, [schema]).fetchall()}


def _counter(connection: duckdb.DuckDBPyConnection):
    return lambda source: connection.execute(f"select count(*) from ({source})").fetchone()[0]


def _differing(mine: dict[str, tuple], other: dict[str, tuple]) -> list[str]:
    return sorted(name for name in mine.keys() | other.keys() if mine.get(name) != other.get(name))
