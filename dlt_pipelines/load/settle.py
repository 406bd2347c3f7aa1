"""Before a load: what an earlier one has left, settled, so that nobody need do anything about it.

A load is one transaction (commit.py). One that was interrupted has left nothing in the warehouse
but, perhaps, empty tables, and a package in dlt's working folder that nobody waits for: the records
are read again. Targets that earlier versions of the course filled, commit by commit, can hold more:
rows of a load that is not in `_dlt_loads`, and books that do not add up to the rows.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from dlt_pipelines.deletion import delete
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.load.contract import TABLES
from dlt_pipelines.targets import (
    DATASET,
    PIPELINE,
    Target,
    opened_warehouse,
    raw_tables,
    row_counts,
)

COMPLETE = f"select load_id from {DATASET}._dlt_loads where status = 0"


@dataclass(frozen=True)
class Known:
    """What the warehouse knows: the complete loads, and the hash of the state after the newest."""

    loads: frozenset[str] = frozenset()
    state: str | None = None


def settle(target: Target, is_refresh: bool) -> None:
    """Settle what an earlier load has left, and say in a line what was found.

    `is_refresh`: the raw tables will be made anew. Raises PipelineError where a key comes twice in
    a raw table, duckdb.IOException where the warehouse is held.
    """
    known = Known()
    with opened_warehouse(target) as connection:
        if connection and "_dlt_loads" in raw_tables(connection):
            if not is_refresh:
                _settle_books(target, connection)
            known = _known(connection)
    _settle_packages(target, known)


def discard_packages(target: Target) -> None:
    """Throw away dlt's packages and its local copy of the state; the trace stays.

    dlt takes the state from the warehouse again.
    """
    for path in target.working_folder.glob("*"):
        if path.name != "trace.pickle" or path.is_dir():
            delete(path, inside=target.working_folder)


def _known(connection: duckdb.DuckDBPyConnection) -> Known:
    state = None
    if "_dlt_pipeline_state" in raw_tables(connection):
        state = connection.execute(
            f"""select version_hash from {DATASET}._dlt_pipeline_state
            where pipeline_name = ? and _dlt_load_id in ({COMPLETE})
            order by _dlt_load_id desc limit 1""",
            [PIPELINE],
        ).fetchone()
    loads = frozenset(load for (load,) in connection.execute(COMPLETE).fetchall())
    return Known(loads, state[0] if state else None)


def _settle_packages(target: Target, known: Known) -> None:
    """Throw away packages that wait, and a local state that is not the warehouse's.

    The warehouse knows what was loaded.
    """
    folder = target.working_folder
    waiting = {
        path.name
        for stage in ("load/normalized", "normalize/extracted")
        for path in folder.glob(f"{stage}/*")
    }
    unreadable = [path.name for path, mark in _files_of_dlt(target) if mark not in _members(path)]
    if waiting or unreadable or _local_state(target) != known.state:
        discard_packages(target)
    if unreadable:
        _say(
            f"{', '.join(unreadable)}, which dlt keeps for this target, could not be read, and "
            "came from the warehouse again."
        )
    if waiting & known.loads:
        _say("The last load was interrupted when it was complete: all of it is in the warehouse.")
    elif waiting:
        _say(
            "The last load was interrupted before it was complete: nothing of it is in the "
            "warehouse. Its records are read again."
        )


def _files_of_dlt(target: Target) -> list[tuple[Path, str]]:
    """The files that dlt reads before it loads, if there, each with a member that it must have."""
    folder = target.working_folder
    state = [(path, "_version_hash") for path in folder.glob("state.json")]
    return state + [(path, "engine_version") for path in folder.glob("schemas/*.json")]


def _members(path: Path) -> dict[str, Any]:
    """The members of a file's JSON object; none where it is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _local_state(target: Target) -> str | None:
    return _members(target.working_folder / "state.json").get("_version_hash")


def _settle_books(target: Target, connection: duckdb.DuckDBPyConnection) -> None:
    """Adopt the rows of loads that were never complete, and correct the books by the difference."""
    tables = sorted(raw_tables(connection) & {*TABLES, "rejected_records"})
    if "load_reconciliation" not in raw_tables(connection):
        return
    orphans = {
        load
        for table in tables
        for (load,) in connection.execute(
            f"select distinct _dlt_load_id from {DATASET}.{table} "
            f"where _dlt_load_id not in ({COMPLETE})"
        ).fetchall()
    }
    connection.begin()
    unfinished = connection.execute(
        f"delete from {DATASET}.load_reconciliation where load_id not in ({COMPLETE})"
    ).fetchone()[0]
    wrong = differences(connection)
    if orphans or unfinished or wrong:
        _check_keys(target, connection)
        _adopt(connection, orphans)
        _correct(connection, wrong)
    connection.commit()
    if orphans or wrong:
        told = ", ".join(f"{rows:+,} {table}" for table, rows in wrong.items()) or "no difference"
        why = (
            "an earlier load was not complete"
            if orphans
            else "somebody changed the raw tables, or an earlier load was not complete"
        )
        _say(
            "The books did not add up to the rows that are there, "
            f"and were corrected ({told}): {why}."
        )


def differences(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """By raw table, how many more rows are there than the books know of; only those that differ."""
    inserted = dict(
        connection.execute(
            "select table_name, sum(inserted)::bigint "
            f"from {DATASET}.load_reconciliation group by table_name"
        ).fetchall()
    )
    more = {table: rows - inserted.get(table, 0) for table, rows in row_counts(connection).items()}
    return {table: rows for table, rows in more.items() if rows}


def _check_keys(target: Target, connection: duckdb.DuckDBPyConnection) -> None:
    for name in row_counts(connection):
        key = ", ".join(TABLES[name].key)
        twice = connection.execute(
            f"select count(*) from (select {key} from {DATASET}.{name} "
            f"group by {key} having count(*) > 1)"
        ).fetchone()[0]
        if twice:
            connection.rollback()
            raise PipelineError(
                f"{twice:,} keys of the raw table {name} come more than once.",
                cause="rows were inserted by hand, or by an earlier version of the course; which "
                "of them is right, nobody can tell",
                fix=f"load the target anew: course run --target {target.name} --full-refresh",
                faq="duplicate-keys",
            )


def _adopt(connection: duckdb.DuckDBPyConnection, orphans: set[str]) -> None:
    """Enter loads of which there are rows as complete.

    What they knew of the source is forgotten, so that it is read again.
    """
    connection.execute(
        f"delete from {DATASET}._dlt_pipeline_state where pipeline_name = ? "
        f"and _dlt_load_id not in ({COMPLETE})",
        [PIPELINE],
    )
    for load in sorted(orphans):
        connection.execute(f"delete from {DATASET}._dlt_loads where load_id = ?", [load])
        connection.execute(
            f"insert into {DATASET}._dlt_loads (load_id, schema_name, status, inserted_at) "
            "values (?, ?, 0, now())",
            [load, PIPELINE],
        )


def _correct(connection: duckdb.DuckDBPyConnection, wrong: dict[str, int]) -> None:
    """One line a table in the books of the newest load, with the rows that they did not know of."""
    for table, rows in wrong.items():
        connection.execute(
            f"""insert into {DATASET}.load_reconciliation by name
            select max(load_id) as load_id, ? as table_name, 'corrected by a later load' as source,
                ? as rows_in, ? as inserted, 0 as updated, 0 as unchanged, 0 as duplicates,
                0 as rejected, max(load_id) as _dlt_load_id
            from ({COMPLETE})""",
            [table, rows, rows],
        )


def _say(line: str) -> None:
    print(line, file=sys.stderr)
