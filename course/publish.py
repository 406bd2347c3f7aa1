"""The answers, published: a copy of marts and analytics that readers open while a run is at work.

Write, audit, publish: a run writes the models, tests them, and only then puts a new copy beside the
last one. A small note names the newest; a copy is never written again, so a reader never sees half
of one, and nobody waits for anybody. `data/<target>/published/` holds the newest two: who has just
read the note still finds what it named. Numbered files, because Windows replaces no open file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from course.compare import SCHEMAS, attach_to_read, no_marts
from dlt_pipelines.amazon_products_pipeline import Target, find_target
from dlt_pipelines.deletion import delete
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.load.contract import identifier, text
from dlt_pipelines.locks import describe_command, hold
from dlt_pipelines.notes import read_note, write_note

KEPT = 2


def publish(name: str = "dev") -> Path:
    """Test a target's data with dbt, and publish its marts; returns the new copy.

    Raises PipelineError where a run is at work on the target, a test fails, or there is nothing to
    publish; what was published before then stays.
    """
    from course.dbt import dbt

    target = find_target(name)
    with hold(target.folder / "run.lock", describe_command()):
        dbt(
            "test",
            "--select",
            "path:models",
            "path:tests",
            "--exclude",
            "test_type:unit",
            target=name,
        )
        return write_copy(target)


def write_copy(target: Target) -> Path:
    """Write marts and analytics of a target into a new file, and name it as the newest.

    For who holds the target and has tested its data. The file has the schemas `marts` and
    `analytics`, and `publication`, one row: load_id and loaded_at (UTC) of the newest complete
    load in it, published_at (UTC). Raises PipelineError where there is nothing to publish.
    """
    folder = target.folder / "published"
    folder.mkdir(parents=True, exist_ok=True)
    for draft in folder.glob("*.draft*"):  # of a run that was killed
        delete(draft, inside=folder, ignore_errors=True)
    number = max((int(path.stem) for path in folder.glob("[0-9]*.duckdb")), default=0) + 1
    copy = folder / f"{number:06}.duckdb"
    draft = copy.with_suffix(".draft")
    with duckdb.connect() as connection:
        if target.warehouse.exists():
            _copy_tables(connection, target, draft)
        if not draft.exists():
            raise no_marts(target, "publish")
    draft.replace(copy)
    write_note(folder / "newest.json", {"file": copy.name})
    for old in sorted(folder.glob("[0-9]*.duckdb"))[:-KEPT]:
        delete(old, inside=folder, ignore_errors=True)  # open on Windows: it goes next time
    return copy


def _copy_tables(connection: duckdb.DuckDBPyConnection, target: Target, draft: Path) -> None:
    """Copy the tables into a new file, where there are any."""
    attach_to_read(connection, target, "warehouse")
    tables = connection.execute(
        """select schema_name, table_name from duckdb_tables()
        where database_name = 'warehouse' and schema_name in ? order by all""",
        [SCHEMAS],
    ).fetchall()
    if not tables:
        return
    connection.execute(f"attach {text(draft)} as copy")
    for schema in SCHEMAS:
        connection.execute(f"create schema if not exists copy.{identifier(schema)}")
    for names in tables:
        table = ".".join(map(identifier, names))
        connection.execute(f"create table copy.{table} as from warehouse.{table}")
    connection.execute(
        """create table copy.publication as
        select load_id, inserted_at at time zone 'UTC' as loaded_at, ?::timestamp as published_at
        from warehouse.amazon_raw._dlt_loads where status = 0
        order by inserted_at desc, load_id desc limit 1""",
        [datetime.now(UTC).replace(tzinfo=None)],
    )
    connection.execute("detach copy")


@contextmanager
def published(name: str = "dev") -> Iterator[duckdb.DuckDBPyConnection]:
    """The newest published copy of a target's marts, open to be read while the block runs.

    Raises PipelineError where nothing has been published yet.
    """
    folder = find_target(name).folder / "published"
    missing = None
    while True:
        newest = read_note(folder / "newest.json", {}).get("file")
        if newest is None or newest == missing:
            raise PipelineError(
                f"Nothing has been published of the target {name}.",
                cause="no run has come to its end on it yet, or its name is misspelt",
                fix=f"course run --target {name}",
                faq="nothing-loaded",
            )
        try:
            connection = duckdb.connect(str(folder / newest), read_only=True)
            break
        except duckdb.IOException:
            if (folder / newest).exists():
                raise
            missing = newest  # two newer ones came between the note and the opening
    try:
        yield connection
    finally:
        connection.close()
