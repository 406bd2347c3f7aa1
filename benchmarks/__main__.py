"""`python -m benchmarks`, or `make bench`: measure, write figures.json and detectors.json, and
bring the FAQ's tables up to date.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from benchmarks import detectors, loads, race, sizes
from benchmarks.tables import FIGURES, TABLES, read_figures, refresh_tables
from course.groups import need
from dlt_pipelines.errors import PipelineError


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure the race of the engines, the load, the pipeline at several sizes, and "
        "how sure the detectors of lesson 09 are. Works in a folder that is removed "
        "afterwards, and never touches data/. What is measured replaces the same part of "
        "benchmarks/figures.json and of the FAQ's tables; the detectors have detectors.json.",
    )
    parser.add_argument("--only", choices=[*TABLES, "detectors"], help="measure one part")
    parser.add_argument(
        "--sizes",
        type=int,
        nargs="+",
        default=list(sizes.SIZES),
        metavar="REVIEWS",
        help="numbers of reviews (default: %(default)s)",
    )
    parser.add_argument(
        "--tables",
        action="store_true",
        help="measure nothing: write the FAQ's tables from the figures that there are",
    )
    options = parser.parse_args(arguments)

    def keep(name: str, part: dict) -> None:
        if name == "detectors":
            detectors.write_study(part)
            return
        FIGURES.write_text(
            json.dumps(read_figures() | {name: part}, indent=1) + "\n", encoding="utf-8"
        )

    def measure_sizes(folder: Path, tell: Callable[[str], None]) -> dict:
        return sizes.measure(
            folder, tell, tuple(options.sizes), keep=lambda part: keep("size", part)
        )

    parts = {
        "race": race.measure,
        "load": loads.measure,
        "size": measure_sizes,
        "detectors": detectors.measure,
    }
    chosen = [] if options.tables else [options.only] if options.only else list(parts)
    if chosen:
        need("benchmarks", "python -m benchmarks")
    with tempfile.TemporaryDirectory(prefix="course-bench-") as folder:
        for name in chosen:
            keep(name, parts[name](Path(folder), tell))
    refresh_tables()
    if chosen:
        tell(
            "The tables of the FAQ are up to date. Lessons 03 and 09 show figures as well: "
            "course refresh 03 09"
        )


def tell(what: str) -> None:
    """A line of progress."""
    print(f"{datetime.now():%H:%M:%S}  {what}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except PipelineError as error:
        raise SystemExit(f"Error: {error}") from None
