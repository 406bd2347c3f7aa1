"""Beside dlt's jobs in a load's transaction: old versions go before, all is counted behind.

Where something does not add up, it raises, and nothing of the load is kept.
"""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pyarrow as pa

from dlt_pipelines.errors import PipelineError
from dlt_pipelines.load.commit import Step
from dlt_pipelines.load.contract import MACROS, TABLES, Table
from dlt_pipelines.load.landing import Landing, changed_keys, expected_rows
from dlt_pipelines.load.settle import differences
from dlt_pipelines.targets import DATASET, row_counts


class Account:
    """The account of a load into `target`; `check_source` raises where the source has changed."""

    def __init__(self, target: str, landing: Landing, check_source: Callable[[], None]) -> None:
        self.target, self.landing, self.check_source = target, landing, check_source
        self.rows_before: dict[str, int] = {}

    @property
    def step(self) -> Step:
        return Step(self._begin, self._check)

    def _begin(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Count the rows that there are, and delete those of which a newer version comes."""
        if not self.landing.landed():
            raise PipelineError(
                "There is not one record in what was to be loaded.",
                cause="the files are empty, or the days asked for hold none",
                fix="look at the files, and at --run-date, --from-date and --to-date",
                faq="nothing-to-load",
            )
        connection.execute(MACROS)  # the statements of bulk.py use them
        # The few keys that are left out are looked up beside the many rows; by itself DuckDB may
        # hold the many in memory.
        connection.execute("set disabled_optimizers = 'join_order,build_side_probe_side'")
        self.rows_before = row_counts(connection)
        # a table that was dropped by hand is not there; dlt's job will say so
        for name in self.rows_before:
            table = TABLES[name]
            keys = changed_keys(self.landing, table, "updated")
            deleted = self._of_keys(
                connection, table, keys, "delete from {table} as old using keys as new where {same}"
            )
            if deleted != len(keys):
                raise self._does_not_add_up(
                    f"{len(keys)} {table.name} were to be updated, and {deleted} were there"
                )

    def _check(self, connection: duckdb.DuckDBPyConnection, load_id: str) -> None:
        """Only what was judged has arrived; the books add up; the source is as it was read."""
        rows = row_counts(connection)
        for table in TABLES.values():
            self._check_rows(connection, table, load_id, rows[table.name])
        self._check_books(connection, load_id)
        self.check_source()

    def _check_rows(
        self, connection: duckdb.DuckDBPyConnection, table: Table, load_id: str, rows: int
    ) -> None:
        """The new rows have the number and the keys that they should; no key is there twice.

        Those of records that were judged one by one are looked for in the table. Those that were
        read straight differ from each other and from all others by the index (bulk.py); that they
        are the same keys is told by the sum of their hashes.
        """
        name = f"{DATASET}.{table.name}"
        inserted, updated, hashes = expected_rows(self.landing, table)
        gained = rows - self.rows_before.get(table.name, 0) + updated
        new, found = connection.execute(
            f"select count(*), coalesce(sum({table.hash()}), 0) from {name} where _dlt_load_id = ?",
            [load_id],
        ).fetchone()
        if not inserted + updated == gained == new:
            raise self._does_not_add_up(
                f"{inserted + updated} {table.name} were to arrive, and {new} did"
            )
        if found != hashes:
            raise self._does_not_add_up(f"other {table.name} arrived than had been looked at")
        keys = changed_keys(self.landing, table, "inserted", "updated")
        there = self._of_keys(
            connection,
            table,
            keys,
            "select count(*) from {table} as old semi join keys as new on {same}",
        )
        if there != len(keys):
            raise self._does_not_add_up(
                f"{there - len(keys)} keys of {table.name} would be there twice"
            )

    @staticmethod
    def _of_keys(
        connection: duckdb.DuckDBPyConnection, table: Table, keys: pa.Table, sql: str
    ) -> int:
        """Run a statement on a raw table and some of its keys; gives the number that it returns."""
        if not len(keys):
            return 0
        connection.register("keys", keys)
        same = " and ".join(f"old.{name} = new.{name}" for name in table.key)
        found = connection.execute(
            sql.format(table=f"{DATASET}.{table.name}", same=same)
        ).fetchone()[0]
        connection.unregister("keys")
        return found

    def _check_books(self, connection: duckdb.DuckDBPyConnection, load_id: str) -> None:
        columns = "rows_in, inserted, updated + unchanged + duplicates + rejected"
        wrong = connection.execute(
            f"""select source, {columns} from {DATASET}.load_reconciliation
            where load_id = ? and rows_in is distinct from
                inserted + updated + unchanged + duplicates + rejected""",
            [load_id],
        ).fetchall()
        if wrong:
            source, rows_in, inserted, others = wrong[0]
            raise self._does_not_add_up(
                f"of {rows_in} records of {source}, {inserted} + {others} have a verdict"
            )
        for table, rows in differences(connection).items():
            raise self._does_not_add_up(
                f"there would be {rows:+,} {table} beside what the books know of"
            )

    def _does_not_add_up(self, what: str) -> PipelineError:
        return PipelineError(
            f"The load does not add up: {what}.",
            cause="a file changed while it was read, or somebody changed the raw tables by hand",
            fix=f"run again: nothing of this load is in the warehouse; if it stays, load anew: "
            f"course run --target {self.target} --full-refresh",
            faq="does-not-add-up",
        )
