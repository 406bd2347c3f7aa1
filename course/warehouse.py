"""The warehouse, opened for a statement or a cell, so that it is never held between two cells."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import duckdb
import pandas as pd

from dlt_pipelines.errors import PipelineError
from dlt_pipelines.locks import connect


@contextmanager
def opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse file, open while the block runs; waited for (see locks.py). Raises
    PipelineError where it is missing or held.
    """
    if not path.exists():
        raise PipelineError(
            f"There is no warehouse at {path}.",
            cause="nothing has been loaded into this target yet",
            fix="course run, or run lesson 03 (add --target if it is not dev)",
            faq="nothing-loaded",
        )
    connection = connect(path)
    try:
        yield connection
    finally:
        connection.close()


def query(path: Path, sql: str, parameters: list | None = None) -> pd.DataFrame:
    """The rows of one SQL statement as a DataFrame, with the statement's column names."""
    with opened(path) as connection:
        return connection.execute(sql, parameters).df()


class Connection:
    """A PEP 249 connection for JupySQL: a cell is a session. Its first statement opens the file,
    `end_of_cell` closes it.

    So a transaction, a temporary table or a setting lasts as long as the cell, and nothing holds
    the warehouse between cells.
    namespace: the notebook's variables, whose DataFrames can be named in SQL like tables.
    """

    def __init__(self, path: Path, namespace: dict | None = None) -> None:
        self.path = path
        self.namespace = {} if namespace is None else namespace
        self._session = ExitStack()
        self._opened: duckdb.DuckDBPyConnection | None = None

    def execute(self, sql: str, parameters: list | None) -> duckdb.DuckDBPyConnection:
        """Run a statement in the session, which it begins where there is none."""
        if self._opened is None:
            self._opened = self._session.enter_context(opened(self.path))
        # DuckDB looks for the names that it does not know
        # among the variables of the frame that calls it.
        call = {"_execute": self._opened.execute, "_sql": sql, "_parameters": parameters}
        return eval("_execute(_sql, _parameters)", self.namespace, call)

    def end_of_cell(self, *_: object) -> None:
        """End the session: what was begun and not committed is undone."""
        self._opened = None
        self._session.close()

    def cursor(self) -> Cursor:
        return Cursor(self)

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def close(self) -> None:
        self.end_of_cell()


class Cursor:
    """The cursor of such a connection: it fetches all rows at once."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.description: list[tuple] | None = None
        self.rowcount = -1
        self._rows: list[tuple] = []

    def execute(self, sql: str, parameters: list | None = None) -> Cursor:
        result = self.connection.execute(sql, parameters)
        self.description = result.description
        self._rows = result.fetchall()
        return self

    def fetchall(self) -> list[tuple]:
        rows, self._rows = self._rows, []
        return rows

    def fetchmany(self, size: int = 1) -> list[tuple]:
        rows, self._rows = self._rows[:size], self._rows[size:]
        return rows

    def fetchone(self) -> tuple | None:
        return self._rows.pop(0) if self._rows else None

    def close(self) -> None: ...
