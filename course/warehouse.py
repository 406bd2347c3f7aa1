"""The warehouse, opened for one statement at a time, so that it is never held between two cells."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd

from dlt_pipelines.errors import PipelineError
from dlt_pipelines.locks import explain_held


@contextmanager
def opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse file, open while the block runs. Raises PipelineError where it is missing or held elsewhere."""
    if not path.exists():
        raise PipelineError(
            f"There is no warehouse at {path}.",
            cause="nothing has been loaded into this target yet",
            fix="course run, or run lesson 03 (add --target if it is not dev)",
            faq="nothing-loaded",
        )
    try:
        connection = duckdb.connect(str(path))
    except duckdb.IOException as error:
        raise explain_held(error, path) or error from error
    try:
        yield connection
    finally:
        connection.close()


def query(path: Path, sql: str, parameters: list | None = None) -> pd.DataFrame:
    """The rows of one SQL statement as a DataFrame, with the statement's column names."""
    with opened(path) as connection:
        return connection.execute(sql, parameters).df()


class Connection:
    """A PEP 249 connection for JupySQL whose cursors open the file for a statement and let go of it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def cursor(self) -> Cursor:
        return Cursor(self.path)

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def close(self) -> None: ...


class Cursor:
    """The cursor of such a connection: it fetches all rows at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.description: list[tuple] | None = None
        self.rowcount = -1
        self._rows: list[tuple] = []

    def execute(self, sql: str, parameters: list | None = None) -> Cursor:
        with opened(self.path) as connection:
            result = connection.execute(sql, parameters)
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
