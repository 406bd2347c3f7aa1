"""Targets: a folder each below `data/`: a warehouse, its dlt state, and what it is bound to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import dlt
import duckdb
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials

from dlt_pipelines.errors import PipelineError
from dlt_pipelines.load.commit import Step, one_commit
from dlt_pipelines.load.contract import TABLES
from dlt_pipelines.load.landing import memory_limit
from dlt_pipelines.locks import connect
from dlt_pipelines.marketplace import LAST_DAY
from dlt_pipelines.notes import read_note
from dlt_pipelines.surroundings import check_path, shield_dlt

shield_dlt()
PIPELINE, DATASET = "amazon_products", "amazon_raw"


@dataclass(frozen=True)
class Target:
    """One target's folder below `data/`: the warehouse, and all state that belongs to it."""

    name: str
    folder: Path

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse.duckdb"

    @property
    def dlt_folder(self) -> Path:
        return self.folder / "dlt"

    @property
    def working_folder(self) -> Path:
        """Where dlt keeps packages, schemas and state of the pipeline."""
        return self.dlt_folder / "pipelines" / PIPELINE

    @property
    def old_binding(self) -> Path:
        """Where earlier versions of the course noted what the target is bound to."""
        return self.folder / "source.json"

    @property
    def old_progress(self) -> Path:
        """Where earlier versions, which loaded files in packages, noted how far they were."""
        return self.folder / "unfinished.json"


def find_target(name: str) -> Target:
    """The target of that name: below `COURSE_DATA`, or else below `data/` in the repository."""
    if not name.replace("-", "").replace("_", "").isalnum():
        raise PipelineError(
            f"{name!r} is no name for a target.",
            cause="a target is a folder below data/, so "
            "its name holds letters, digits, - and _ only",
            fix="choose a name such as dev, prod or real",
            faq="target-name",
        )
    base = (
        Path(os.environ.get("COURSE_DATA") or Path(__file__).resolve().parents[1] / "data")
        .expanduser()
        .resolve()
    )
    check_path(base)
    return Target(name, base / name)


def make_pipeline(target: Target, step: Step | None = None) -> dlt.Pipeline:
    """The dlt pipeline of a target. Its state lies in the target's folder, never in the home.

    `step` is what a load does in its transaction beside dlt's jobs; who only looks needs none.
    """
    os.environ["DLT_DATA_DIR"] = str(target.dlt_folder)
    settings = {
        "memory_limit": memory_limit(),
        # Text is packed with FSST alone. To try a dictionary too makes the file an eighth smaller,
        # and a load slower by a sixth.
        "disabled_compression_methods": "dictionary",
        # In order, each file leaves a row group that is not full, and at the end DuckDB packs
        # nearly everything once more.
        "preserve_insertion_order": False,
    }
    destination = one_commit(DuckDbCredentials(str(target.warehouse), global_config=settings))
    destination.step = step
    return dlt.pipeline(
        PIPELINE,
        pipelines_dir=str(target.dlt_folder / "pipelines"),
        destination=destination,
        dataset_name=DATASET,
    )


@contextmanager
def opened_warehouse(target: Target) -> Iterator[duckdb.DuckDBPyConnection | None]:
    """The warehouse while the block runs, waited for (see locks.py).

    None where there is none, so that looking makes no file.
    """
    if not target.warehouse.exists():
        yield None
        return
    with connect(target.warehouse) as connection:
        yield connection


def raw_tables(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """The names of the tables in amazon_raw, dlt's own among them."""
    there = (
        "select table_name from duckdb_tables() where schema_name = ? and "
        "database_name = current_database()"
    )
    return {name for (name,) in connection.execute(there, [DATASET]).fetchall()}


def row_counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rows of the raw tables as they are in the warehouse; a table that is missing has no entry."""
    return {
        name: connection.execute(f"select count(*) from {DATASET}.{name}").fetchone()[0]
        for name in sorted(raw_tables(connection) & TABLES.keys())
    }


def epoch_ms(day: date) -> int:
    """Midnight UTC at which the day begins, in epoch milliseconds."""
    return int(datetime.combine(day, time(), UTC).timestamp() * 1000)


# What a target is bound to: {"source": …, "seed": …, "as_of": …}. It is part of the pipeline's
# state, which dlt keeps in the warehouse and a load writes in its transaction: a target is bound by
# the first load that is complete, and by none that is not.


def read_bound(target: Target, pipeline: dlt.Pipeline) -> dict[str, Any]:
    """What the target is bound to; empty where nothing has been loaded."""
    if not target.warehouse.exists():
        return {}
    pipeline.sync_destination()
    bound = pipeline.state.get("sources", {}).get(PIPELINE, {}).get("bound")
    return dict(bound) if bound else read_note(target.old_binding, {})


def check_bound(target: Target, bound: dict[str, Any], identity: dict[str, Any]) -> None:
    """Raises PipelineError where the target was filled from another source than `identity`."""
    other = [
        f"{name} {bound.get(name)} instead of {value}"
        for name, value in identity.items()
        if bound.get(name) != value
    ]
    if bound and other:
        raise PipelineError(
            f"The target {target.name} was filled from another source ({', '.join(other)}).",
            cause="one warehouse holds one marketplace, or files; two mixed "
            "would answer no question",
            fix="use a target of its own (--target real), or "
            "empty this one first with --full-refresh",
            faq="other-source",
        )


def day_of_view(
    target: Target, bound: dict[str, Any], run_date: date | None, is_range: bool
) -> date:
    """The day on which the marketplace is looked at.

    It never moves back, or old versions would overwrite new ones.
    """
    seen = date.fromisoformat(bound["as_of"]) if "as_of" in bound else None
    if is_range:
        return max(filter(None, (seen, run_date)), default=LAST_DAY)
    if seen and run_date and run_date < seen:
        raise PipelineError(
            f"The target {target.name} has already seen {seen}, and cannot go back to {run_date}.",
            cause="a later day is loaded; what was edited since "
            "would be overwritten by its older self",
            fix="give the day a target of its own (--target june), "
            "fill this one anew (--full-refresh), "
            f"or load a range of days again as it is seen on {seen} (--from-date, --to-date)",
            faq="earlier-day",
        )
    return run_date or LAST_DAY
