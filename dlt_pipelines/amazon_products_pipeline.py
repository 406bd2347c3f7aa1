"""Extract and load: Amazon-like products, prices and reviews into DuckDB with dlt.

Pipeline `amazon_products`, dataset `amazon_raw`. Two ways in, one raw schema: the practice
marketplace's API (`--source marketplace`) and files in the layout of Amazon Reviews 2023
(`--source files --path FOLDER`).
Runs alone, from any folder: `python dlt_pipelines/amazon_products_pipeline.py --help`.
The way of the data through a load is told in `load/__init__.py`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

# started as a script: the package is this file's folder, wherever it has been copied to
if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    import dlt_pipelines  # noqa: F401  before dlt, which reads some of its variables as it is imported

import dlt
import duckdb
from dlt.common.pipeline import LoadInfo
from dlt.pipeline.exceptions import PipelineStepFailed

from dlt_pipelines.deletion import delete
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.interruption import Interrupted, ended_in_order
from dlt_pipelines.load.account import Account
from dlt_pipelines.load.failures import (
    ALL_OR_NOTHING,
    changes_blamed,
    explain_failure,
    explain_state,
)
from dlt_pipelines.load.input_files import check_unchanged, find_files
from dlt_pipelines.load.landing import Landing, opened_landing
from dlt_pipelines.load.settle import discard_packages, settle
from dlt_pipelines.load.sources import LAG_MS as LAG_MS  # lesson 04 shows it
from dlt_pipelines.load.sources import amazon_api, amazon_files
from dlt_pipelines.locks import connect, describe_command, hold
from dlt_pipelines.marketplace import FIRST_DAY as FIRST_DAY
from dlt_pipelines.marketplace import LAST_DAY as LAST_DAY
from dlt_pipelines.marketplace import Marketplace
from dlt_pipelines.masking import masked
from dlt_pipelines.progress import step
from dlt_pipelines.request import Request
from dlt_pipelines.targets import (
    DATASET,
    Target,
    check_bound,
    day_of_view,
    find_target,
    make_pipeline,
    read_bound,
)
from dlt_pipelines.targets import PIPELINE as PIPELINE
from dlt_pipelines.targets import epoch_ms as epoch_ms


def practice_marketplace() -> Marketplace:
    """The marketplace of `.dlt/config.toml`; the environment (MARKETPLACE__SEED=7) overrides it."""
    kinds = {"items": int, "reviews": int, "seed": int, "truths": bool}
    set_up = {name: dlt.config.get(f"marketplace.{name}", kind) for name, kind in kinds.items()}
    return Marketplace(**{name: value for name, value in set_up.items() if value is not None})


def run(
    source: str = "marketplace",
    path: str | Path | None = None,
    target: str = "dev",
    run_date: date | None = None,
    from_date: date | None = None,
    to_date: date | None = None,
    full_refresh: bool = False,
) -> LoadInfo:
    """Load what is new at the source into a target's warehouse, and return dlt's account of it.

    source: "marketplace" (the practice API) or "files" (with `path`, a folder, file or glob).
    run_date: the practice day to look at (default: the last); for files, later reviews stay out.
    from_date, to_date: only reviews and prices of these days (inclusive), a backfill.
    full_refresh: drop the target's raw tables and load them anew.

    A load is there as a whole or not at all; what an interrupted one has left is settled by the
    next. A second run on the same day changes nothing but the books. Raises PipelineError.
    """
    filled = find_target(target)
    try:
        with hold(filled.folder / "load.lock", describe_command()):
            return _run(filled, Request(source, path, run_date, from_date, to_date, full_refresh))
    except (KeyboardInterrupt, SystemExit, duckdb.InterruptException) as error:
        raise Interrupted("The load", ALL_OR_NOTHING) from error
    except (OSError, duckdb.Error) as error:
        explained = explain_state(error, filled)
        if not explained:
            raise
        raise explained from error
    except PipelineStepFailed as error:
        raise explain_failure(error, filled) from error


def _run(target: Target, request: Request) -> LoadInfo:
    files = find_files(request.path) if request.source == "files" else []
    shop = practice_marketplace() if request.source == "marketplace" else None
    settle(target, request.full_refresh)
    bound = {} if request.full_refresh else read_bound(target, make_pipeline(target))
    identity = {"source": request.source, **(asdict(shop) if shop else {})}
    check_bound(target, bound, identity)
    if not shop:

        def from_files(landing: Landing) -> Any:
            return amazon_files(files, landing, request.window, identity)

        return _load(target, request, from_files, lambda: check_unchanged(files))

    as_of = day_of_view(target, bound, request.run_date, request.is_range)
    with shop.serve(day=as_of, trouble=dlt.config.get("marketplace.trouble", str) or "") as api:

        def from_api(landing: Landing) -> Any:
            return amazon_api(api, landing, request.window, identity | {"as_of": as_of.isoformat()})

        return _load(target, request, from_api, lambda: None, loader_file_format="parquet")


def _load(
    target: Target,
    request: Request,
    source_of: Callable[[Landing], Any],
    check_source: Callable[[], None],
    **options: Any,
) -> LoadInfo:
    """One load package, from the landing area to the warehouse."""
    size_before = _megabytes(target)

    def grown() -> float:
        more = _megabytes(target) - size_before
        # less may be because there is free room in the file, and then it tells nothing
        return more if more > 10 else 0

    compared_with = None if request.full_refresh else target.warehouse
    with (
        opened_landing(target.folder / "landing", compared_with) as landing,
        changes_blamed(check_source),
    ):
        data = source_of(landing)
        looked_at = landing.landed()  # nothing yet, where the source is read as it is loaded
        what = f"{looked_at:,} rows into the warehouse" if looked_at else "rows into the warehouse"
        account = Account(target.name, landing, check_source)
        # a rate would count the reading of the source as well
        with step(what, so_far=grown, unit="MB", rate=looked_at > 0):
            pipeline = make_pipeline(target, account.step)
            try:
                info = pipeline.run(
                    data, refresh="drop_sources" if request.full_refresh else None, **options
                )
            except PipelineStepFailed:
                discard_packages(target)
                raise
    info.raise_on_failed_jobs()
    for old in (target.old_binding, target.old_progress):
        delete(old, inside=target.folder)
    return info


def _megabytes(target: Target) -> float:
    """The warehouse file's size: all that is seen from outside of a statement that fills it."""
    return target.warehouse.stat().st_size / 1e6 if target.warehouse.exists() else 0


def reconciliation(target: str, *load_ids: str) -> list[tuple]:
    """The reconciliation of loads, summed by table.

    A row is (table, rows_in, inserted, updated, unchanged, duplicates, rejected).
    """
    with connect(find_target(target).warehouse) as connection:
        return connection.execute(
            f"""select table_name, sum(rows_in)::bigint, sum(inserted)::bigint,
                sum(updated)::bigint, sum(unchanged)::bigint,
                sum(duplicates)::bigint, sum(rejected)::bigint
            from {DATASET}.load_reconciliation where list_contains(?, load_id)
            group by table_name order by table_name""",
            [list(load_ids)],
        ).fetchall()


EXAMPLES = """examples:
  python dlt_pipelines/amazon_products_pipeline.py
  python dlt_pipelines/amazon_products_pipeline.py --run-date 2025-06-30 --target june
  python dlt_pipelines/amazon_products_pipeline.py --source files --path ~/reviews --target real
  python dlt_pipelines/amazon_products_pipeline.py --from-date 2025-03-01 --to-date 2025-03-31"""
HELP = {
    "source": "the practice API (default), or files",
    "path": "with --source files: a folder, a file or a glob; JSON lines (plain, gzip) or Parquet",
    "target": "the folder below data/ to load into (default: dev)",
    "run_date": "the practice day to look at (default: the last); of files: no later reviews",
    "from_date": "backfill: only reviews and prices from this day …",
    "to_date": "… to this day",
    "full_refresh": "drop the target's raw tables and load everything anew",
    "log_level": "how much dlt tells (default: nothing but what is raised)",
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Load Amazon-like products, prices and reviews into "
        "data/<target>/warehouse.duckdb (dataset amazon_raw).",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    day: dict[str, Any] = {"type": date.fromisoformat, "metavar": "DAY"}
    kinds: dict[str, dict[str, Any]] = {
        "source": {"choices": ["marketplace", "files"], "default": "marketplace"},
        "target": {"metavar": "NAME", "default": "dev"},
        **dict.fromkeys(("run_date", "from_date", "to_date"), day),
        "full_refresh": {"action": "store_true"},
        "log_level": {"choices": ["DEBUG", "INFO", "WARNING", "ERROR"]},
    }
    for name, said in HELP.items():
        parser.add_argument(f"--{name.replace('_', '-')}", help=said, **kinds.get(name, {}))
    return parser


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns its exit code."""
    options = vars(_parser().parse_args(arguments))
    if level := options.pop("log_level"):
        os.environ["RUNTIME__LOG_LEVEL"] = level
    try:
        with ended_in_order():
            info = run(**options)
    except PipelineError as error:
        print(masked(f"Error: {error}"), file=sys.stderr)
        return error.exit_code
    print(masked(str(info)))
    heads = ("rows in", "inserted", "updated", "unchanged", "duplicates", "rejected")
    print(f"\n{'table':<10}" + "".join(f"{head:>12}" for head in heads))
    for table, *counts in reconciliation(options["target"], *info.loads_ids):
        print(f"{table:<10}" + "".join(f"{count:>12,}" for count in counts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
