"""One load, one transaction: dlt's destination for DuckDB, with everything committed at once.

By itself dlt commits each job of a load package, each merge, and the package's entry in
`_dlt_loads`, one after the other. Here it extracts, normalises and keeps schema, state and package
as ever; its jobs count as done when it asks for them; and when it completes the package, they are
run in one transaction with the entry in `_dlt_loads`, after the load's own changes and before its
checks. A load is there as a whole, or not at all. What a full refresh drops is dropped in that
transaction, too.

Built on dlt 1.31's own classes (see the imports); tests/test_one_commit.py holds what is relied on.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dlt
import duckdb
from dlt.common.destination.client import LoadJob, PreparedTableSchema, RunnableLoadJob
from dlt.common.runtime import signals
from dlt.destinations import duckdb as DuckDb
from dlt.destinations.impl.duckdb.duck import DuckDbClient, DuckDbCopyJob
from dlt.destinations.impl.duckdb.sql_client import DuckDbSqlClient

from dlt_pipelines.interruption import ended_in_order
from dlt_pipelines.load.contract import text
from dlt_pipelines.locks import connect


@dataclass(frozen=True)
class Step:
    """What a load does in its transaction beside dlt's jobs, each with the connection at work.

    `before` runs before the jobs, `check` behind them, with the load's id; where one raises,
    nothing of the load is kept.
    """

    before: Callable[[duckdb.DuckDBPyConnection], None]
    check: Callable[[duckdb.DuckDBPyConnection, str], None]


class _Later(RunnableLoadJob):
    """A job that counts as done: its file is loaded when the package is complete."""

    def run(self) -> None:
        pass


class PatientSqlClient(DuckDbSqlClient):
    """dlt's SQL client for DuckDB, which waits while another process has the file open."""

    def open_connection(self) -> duckdb.DuckDBPyConnection:
        # within a process, connections to a file share one database
        with connect(Path(self.credentials.database)):
            return super().open_connection()


class OneCommitClient(DuckDbClient):
    """dlt's client for DuckDB; `step` is the load at work, None where one only looks."""

    step: Step | None = None
    sql_client: DuckDbSqlClient

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        own: DuckDbSqlClient = self.sql_client
        self.sql_client = PatientSqlClient(
            own.dataset_name, own.staging_dataset_name, own.credentials, own.capabilities
        )

    def create_load_job(
        self, table: PreparedTableSchema, file_path: str, load_id: str, restore: bool = False
    ) -> LoadJob:
        return _Later(file_path)

    def should_load_data_to_staging_dataset(self, table_name: str) -> bool:
        return False

    def create_table_chain_completed_followup_jobs(self, *arguments: Any, **options: Any) -> list:
        return []  # the merge of a table is done by `before` (old versions go) and by its jobs

    def drop_tables(self, *tables: str, delete_schema: bool = True) -> None:
        """A full refresh drops later, in the transaction."""

    def complete_load(self, load_id: str) -> None:
        """Run the package's jobs, check, and enter the load in `_dlt_loads`, all or nothing."""
        jobs = dlt.current.pipeline().get_load_package_info(load_id).jobs["completed_jobs"]
        connection = self.sql_client.native_connection
        signals.raise_if_signalled()
        # dlt keeps signals back while it loads; a transaction can end at once, and leaves nothing
        with ended_in_order(), self.sql_client.begin_transaction():
            if self._is_complete(load_id):
                return  # dlt goes on with a package that was interrupted behind its commit
            self.sql_client.begin_transaction = lambda: nullcontext(self.sql_client)
            self._drop_for_refresh()
            if self.step:
                self.step.before(connection)
            for job in sorted(jobs, key=lambda job: job.job_file_info.table_name):
                self._run(job.job_file_info.table_name, job.file_path, load_id)
            if self.step:
                self.step.check(connection, load_id)
            super().complete_load(load_id)

    def _is_complete(self, load_id: str) -> bool:
        loads = self.sql_client.make_qualified_table_name(self.schema.loads_table_name)
        return bool(
            self.sql_client.execute_sql(
                f"select 1 from {loads} where load_id = %s and status = 0", load_id
            )
        )

    def _drop_for_refresh(self) -> None:
        """Drop the tables that dlt noted for a full refresh, and make them anew from the schema."""
        dropped = [
            table["name"]
            for table in dlt.current.load_package_state()["state"].get("dropped_tables", [])
        ]
        if dropped:
            self.sql_client.drop_tables(*dropped)
            self.update_stored_schema(force=True)

    def _run(self, table_name: str, path: str, load_id: str) -> None:
        """Run one of dlt's own jobs on this client's connection."""
        table = self.prepare_load_table(table_name)
        job = super().create_load_job(table, path, load_id)
        job.set_run_vars(load_id, self.schema, table)
        job._job_client = self
        if isinstance(job, DuckDbCopyJob) and path.endswith(".parquet"):
            self._copy(table_name, path)
        else:
            job.run()

    def _copy(self, table_name: str, path: str) -> None:
        """dlt's own statement, for a path that holds `'` or `=` too.

        DuckDB reads columns out of a folder called env=prod.
        """
        name, file = self.sql_client.make_qualified_table_name(table_name), text(path)
        options = "union_by_name = true, hive_partitioning = false"
        self.sql_client.execute_sql(
            f"insert into {name} by name select * from read_parquet({file}, {options})"
        )


class one_commit(DuckDb):
    """dlt's destination `duckdb`, with one transaction a load."""

    step: Step | None = None

    @property
    def client_class(self) -> type[OneCommitClient]:
        return type("Client", (OneCommitClient,), {"step": self.step})
