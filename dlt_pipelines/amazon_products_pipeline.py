"""Extract and load: Amazon-like products, prices and reviews into DuckDB with dlt.

Pipeline `amazon_products`, dataset `amazon_raw`. Two ways in, one raw schema: the practice marketplace's API
(`--source marketplace`) and files in the layout of Amazon Reviews 2023 (`--source files --path FOLDER`).
Runs alone, from any folder: `python dlt_pipelines/amazon_products_pipeline.py --help`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
if __package__ in (None, ""):  # started as a script
    sys.path.insert(0, str(HERE.parent))
os.environ.setdefault("DLT_PROJECT_DIR", str(HERE))  # where dlt finds .dlt/config.toml
for _name in ("NO_PROXY", "no_proxy"):  # the marketplace is on this machine, whatever proxy there is
    os.environ[_name] = ",".join(filter(None, (os.environ.get(_name), "127.0.0.1", "localhost")))

import dlt  # noqa: E402
import duckdb  # noqa: E402
import pyarrow as pa  # noqa: E402
from dlt.common.pipeline import LoadInfo  # noqa: E402
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials  # noqa: E402
from dlt.extract import DltResource  # noqa: E402
from dlt.pipeline.exceptions import PipelineStepFailed  # noqa: E402
from dlt.sources.helpers.rest_client import RESTClient  # noqa: E402
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth  # noqa: E402

from dlt_pipelines import bulk  # noqa: E402
from dlt_pipelines import landing as landing_area  # noqa: E402
from dlt_pipelines.errors import PipelineError  # noqa: E402
from dlt_pipelines.files import File, find_files  # noqa: E402
from dlt_pipelines.load.pages import read_pages  # noqa: E402
from dlt_pipelines.locks import describe_command, explain_held, hold  # noqa: E402
from dlt_pipelines.marketplace import FIRST_DAY, LAST_DAY, Api, Marketplace  # noqa: E402
from dlt_pipelines.progress import step  # noqa: E402
from dlt_pipelines.records import PRICES, PRODUCTS, REVIEWS, TABLES, Table  # noqa: E402

PIPELINE, DATASET = "amazon_products", "amazon_raw"
# A review may arrive 6 days late, and be edited or repeated up to 6 days after that: look two weeks behind the cursor.
LAG_MS = 14 * 86_400_000
# Files are loaded in packages of whole files, of about so many bytes. What is loaded is loaded: an interrupted run goes on behind it.
PACKAGE_BYTES = 1 << 30


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
    def binding(self) -> Path:
        """What filled the target, and how far: {"source": …, "seed": …, "as_of": …}."""
        return self.folder / "source.json"

    @property
    def unfinished(self) -> Path:
        """How far a load of files in several packages has come, while it is not finished: see `_what_is_left`."""
        return self.folder / "unfinished.json"


def find_target(name: str) -> Target:
    """The target of that name: below `COURSE_DATA` if that is set, else below `data/` in the repository."""
    if not name.replace("-", "").replace("_", "").isalnum():
        raise PipelineError(
            f"{name!r} is no name for a target.",
            cause="a target is a folder below data/, so its name holds letters, digits, - and _ only",
            fix="choose a name such as dev, prod or real",
            faq="target-name",
        )
    base = Path(os.environ.get("COURSE_DATA") or HERE.parent / "data")
    return Target(name, base.expanduser().resolve() / name)


def make_pipeline(target: Target) -> dlt.Pipeline:
    """The dlt pipeline of a target. Its state lies in the target's folder, never in the home folder."""
    os.environ["DLT_DATA_DIR"] = str(target.dlt_folder)
    settings = {
        "memory_limit": landing_area.memory_limit(),
        # Text is packed with FSST alone. To try a dictionary too makes the file an eighth smaller, and a load slower by a sixth.
        "disabled_compression_methods": "dictionary",
        # In order, each file leaves a row group that is not full, and at the end DuckDB packs nearly everything once more.
        "preserve_insertion_order": False,
    }
    return dlt.pipeline(
        PIPELINE,
        pipelines_dir=str(target.dlt_folder / "pipelines"),
        destination=dlt.destinations.duckdb(DuckDbCredentials(str(target.warehouse), global_config=settings)),
        dataset_name=DATASET,
    )


def practice_marketplace() -> Marketplace:
    """The marketplace that `.dlt/config.toml` describes; the environment (MARKETPLACE__SEED=7 …) overrides it."""
    kinds = {"items": int, "reviews": int, "seed": int, "truths": bool}
    set_up = {name: dlt.config.get(f"marketplace.{name}", kind) for name, kind in kinds.items()}
    return Marketplace(**{name: value for name, value in set_up.items() if value is not None})


def epoch_ms(day: date) -> int:
    """Midnight UTC at which the day begins, in epoch milliseconds."""
    return int(datetime.combine(day, time(), UTC).timestamp() * 1000)


@dataclass
class Landing:
    """A run's landing area: judges what comes in, and knows what the warehouse lacks (see landing.py)."""

    connection: duckdb.DuckDBPyConnection
    warehouse: Path | None

    def changes(self, table: Table) -> Iterator[pa.Table]:
        landing_area.compare(self.connection, table, self.warehouse)
        yield from landing_area.changes(self.connection, table)

    def rejected(self) -> Iterator[pa.Table]:
        for table in TABLES.values():
            yield from landing_area.rejected(self.connection, table, self.warehouse)

    def reconciliation(self) -> Iterator[pa.Table]:
        load_id = dlt.current.load_package_state()["load_id"]
        for table in TABLES.values():
            yield landing_area.reconciliation(self.connection, table, load_id)

    def ledgers(self) -> list[DltResource]:
        """The resources that keep the books; they come after the tables (`next_item_mode` in config.toml)."""
        return [
            dlt.resource(self.rejected(), name="rejected_records", write_disposition="append", columns=landing_area.REJECTED_COLUMNS),
            dlt.resource(
                self.reconciliation(),
                name="load_reconciliation",
                write_disposition="append",
                columns=landing_area.RECONCILIATION_COLUMNS,
            ),
        ]


def merged(table: Table, rows: Callable[..., Iterator[pa.Table]]) -> Callable[..., DltResource]:
    """A dlt resource, still to be called, that merges rows into a raw table on the table's key."""
    return dlt.resource(
        rows,
        name=table.name,
        # The landing area has settled duplicates. To look for them again, dlt would sort all rows, and large packages ran out of memory.
        write_disposition={"disposition": "merge", "strategy": "delete-insert", "deduplicated": True},
        primary_key=table.key,
        columns=table.hints(),
    )


# From files


@dlt.source(name=PIPELINE, max_table_nesting=0)
def amazon_files(files: list[File], landing: Landing, since_ms: int | None, until_ms: int | None, folder: Path) -> Iterator[DltResource]:
    """Products, prices and reviews from files, and the ledgers of the load.

    Most records are read by DuckDB straight into the raw table (bulk.py), and with them what had to be judged.
    """
    for table in TABLES.values():
        mine = [file for file in files if file.table == table.name]
        taken = bulk.take(landing.connection, table, mine, folder, landing.warehouse, since_ms, until_ms)
        landing_area.compare(landing.connection, table, landing.warehouse)
        yield _from_files(landing, taken, folder)
    yield from landing.ledgers()


def _from_files(landing: Landing, taken: bulk.Bulk, folder: Path) -> DltResource:
    """A dlt resource of one raw table: appended to where nothing in the warehouse changes, else merged on the key."""

    def rows() -> Iterator[Any]:
        changed, saved = landing_area.save_changes(landing.connection, taken.table, folder / f"{taken.table.name}_changes.parquet")
        direct = bulk.direct_rows(landing.connection, taken)
        selects = [*(bulk.direct_sql(landing.connection, taken, folder) if direct else []), saved]
        names = ", ".join(f'"{name}"' for name in taken.table.columns())
        model = folder / f"{taken.table.name}.model"
        # One statement: few rows that are there before many make DuckDB write the many twice.
        model.write_text(f"dialect: duckdb\nselect {names} from ({' union all '.join(selects)}) as rows\n", encoding="utf-8")
        yield dlt.mark.with_file_import(str(model), "model", direct + changed)

    resource = merged(taken.table, rows)
    if not landing_area.updated_count(landing.connection, taken.table):
        resource.apply_hints(write_disposition="append")
    return resource


# From the API


@dlt.source(name=PIPELINE, max_table_nesting=0)
def amazon_api(api: Api, landing: Landing, since_ms: int | None, until_ms: int | None) -> Iterator[DltResource]:
    """Products, prices and reviews from the marketplace's API, and the ledgers of the load.

    Reviews and prices follow an incremental cursor on their event time, with a lag for what comes late;
    with `since_ms` or `until_ms` a range is read instead, and the cursor stays where it is.
    """
    client = RESTClient(api.url, auth=BearerTokenAuth(api.token))

    def land_pages(endpoint: str, table: Table, since: int | None = None, until: int | None = None) -> None:
        days = {"since": _day(since), "until": _day(until - 1) if until else None}
        params = {"limit": 5000} | {name: day.isoformat() for name, day in days.items() if day}
        source, rows = f"marketplace{endpoint}", 0
        with step(source, so_far=lambda: rows):
            for lines in read_pages(client, endpoint, params, source):
                landing_area.land(landing.connection, table, lines, since_ms=since, until_ms=until)
                rows += len(lines)

    def products() -> Iterator[pa.Table]:
        land_pages("/items", PRODUCTS)
        yield from landing.changes(PRODUCTS)

    follow = dlt.sources.incremental("timestamp", initial_value=0, lag=LAG_MS, primary_key=())
    if since_ms is not None or until_ms is not None:
        end = until_ms or epoch_ms(LAST_DAY + timedelta(days=1))
        follow = dlt.sources.incremental("timestamp", initial_value=since_ms or 0, end_value=end, primary_key=())

    def events(endpoint: str, table: Table, cursor: dlt.sources.incremental[int] = follow) -> Iterator[pa.Table]:
        land_pages(endpoint, table, cursor.start_value or None, cursor.end_value)
        yield from landing.changes(table)

    yield merged(PRODUCTS, products)()
    yield merged(PRICES, events)("/prices", PRICES)
    yield merged(REVIEWS, events)("/reviews", REVIEWS)
    yield from landing.ledgers()


def _day(ms: int | None) -> date | None:
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC).date()


# A run


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
    run_date: the practice day to look at (default: the last one); for files, reviews after it stay out.
    from_date, to_date: only reviews and prices whose event lies in these days (inclusive), a backfill.
    full_refresh: drop the target's raw tables and load them anew.

    A second run on the same day changes nothing but the ledgers. Raises PipelineError.
    """
    place = find_target(target)
    with hold(place.folder / "load.lock", describe_command()):
        try:
            return _run(place, source, path, run_date, from_date, to_date, full_refresh)
        except duckdb.IOException as error:
            raise explain_held(error, place.warehouse) or error from error
        except PipelineStepFailed as error:
            raise _explain_failure(error, place) from error


def _run(
    place: Target, source: str, path: str | Path | None, run_date: date | None,
    from_date: date | None, to_date: date | None, full_refresh: bool,
) -> LoadInfo:  # fmt: skip
    _check_arguments(source, path, run_date, from_date, to_date, full_refresh)
    files = find_files(path) if source == "files" else []
    marketplace = practice_marketplace() if source == "marketplace" else None
    bound = _bind(place, {"source": source, **(asdict(marketplace) if marketplace else {})}, full_refresh)

    pipeline = make_pipeline(place)
    if pipeline.has_pending_data:
        raise PipelineError(
            f"An earlier load into {place.name} did not finish, and its package still waits.",
            cause="the load was interrupted or a job failed; dlt would load the old package and leave the new data out",
            fix=f"throw the package away, nothing is lost by it: course dlt --target {place.name} -y pipeline {PIPELINE} "
            "abort-packages, then run again",
            faq="pending-package",
        )

    as_of = _day_of_view(place, bound, run_date, is_range=bool(from_date or to_date)) if marketplace else None
    last_day = to_date if marketplace else min(filter(None, (to_date, run_date)), default=None)
    since_ms = epoch_ms(from_date) if from_date else None
    until_ms = epoch_ms(last_day + timedelta(days=1)) if last_day else None

    if marketplace:
        with marketplace.serve(day=as_of, trouble=dlt.config.get("marketplace.trouble", str) or "") as api:
            source_of = lambda landing: amazon_api(api, landing, since_ms, until_ms)  # noqa: E731
            infos = [_load_package(place, pipeline, source_of, full_refresh, loader_file_format="parquet")]
    else:
        settings = [str(day) for day in (run_date, from_date, to_date)] + [full_refresh]
        infos = _load_files(place, pipeline, files, settings, since_ms, until_ms, full_refresh)
    if not any(count for _, count in infos):
        raise PipelineError(
            f"There is not one record in {path}.",
            cause="the files are empty, or the days asked for hold none",
            fix="look at the files, and at --run-date, --from-date and --to-date",
            faq="nothing-to-load",
        )
    place.binding.write_text(json.dumps(bound | ({"as_of": as_of.isoformat()} if as_of else {}), indent=2) + "\n", encoding="utf-8")
    loads = [info for info, _ in infos]
    return loads[-1]._replace(
        loads_ids=[each for info in loads for each in info.loads_ids],
        load_packages=[each for info in loads for each in info.load_packages],
    )


def _load_files(
    place: Target, pipeline: dlt.Pipeline, files: list[File], settings: list, since_ms: int | None, until_ms: int | None, anew: bool
) -> list[tuple[LoadInfo, int]]:
    """Load files, package by package, and note after each how far that is; what an interrupted run has loaded is left out."""
    left = _what_is_left(place, files, settings)
    at, infos = len(files) - len(left), []
    if at:
        print(f"{at} of {len(files)} files were loaded before the last load was interrupted: it goes on behind them.", file=sys.stderr)
    while at < len(files):
        package, size = [], 0
        while at < len(files) and (not package or size < PACKAGE_BYTES):
            package.append(files[at])
            size += files[at].path.stat().st_size
            at += 1

        def source_of(landing: Landing, package: list[File] = package) -> dlt.sources.DltSource:
            return amazon_files(package, landing, since_ms, until_ms, place.folder / "landing")

        infos.append(_load_package(place, pipeline, source_of, anew and len(package) == at))
        if at < len(files):
            place.unfinished.write_text(json.dumps(_state(place, files[:at], settings), indent=2) + "\n", encoding="utf-8")
    place.unfinished.unlink(missing_ok=True)
    return infos


def _what_is_left(place: Target, files: list[File], settings: list) -> list[File]:
    """The files that an interrupted load with the same settings has not loaded; all, if what it has loaded is not as it was."""
    if not place.unfinished.exists():
        return files
    noted = json.loads(place.unfinished.read_text(encoding="utf-8"))
    done = len(noted["files"])
    if noted == _state(place, files[:done], settings):
        return files[done:]
    place.unfinished.unlink()
    return files


def _state(place: Target, done: list[File], settings: list) -> dict[str, Any]:
    """What must be as it was for a load to go on behind these files: each with its bytes and the time at which it was written."""
    stats = [(file.name, file.path.stat()) for file in done]
    files = [[name, stat.st_size, stat.st_mtime_ns] for name, stat in stats]
    return {"settings": settings, "files": files, "rows": _row_counts(place)}


def _load_package(
    place: Target, pipeline: dlt.Pipeline, source_of: Callable[[Landing], Any], anew: bool, **options: Any
) -> tuple[LoadInfo, int]:
    """One load package, from the landing area to the warehouse; gives dlt's account and the number of records that came in."""
    rows_before, size_before = {} if anew else _row_counts(place), _megabytes(place)

    def grown() -> float:
        more = _megabytes(place) - size_before
        return more if more > 10 else 0  # less may be because there is free room in the file, and then it tells nothing

    landing = Landing(landing_area.open_landing(place.folder / "landing"), None if anew else place.warehouse)
    try:
        data = source_of(landing)
        looked_at = _landed(landing)  # nothing yet, where the source is read as it is loaded
        what = f"{looked_at:,} rows into the warehouse" if looked_at else "rows into the warehouse"
        with step(what, so_far=grown, unit="MB", rate=looked_at > 0):  # a rate would count the reading of the source as well
            info = pipeline.run(data, refresh="drop_sources" if anew else None, **options)
        count = _landed(landing)
    finally:
        landing_area.close_landing(landing.connection, place.folder / "landing")
    info.raise_on_failed_jobs()
    _check_sums(place, rows_before, info.loads_ids[0])
    return info, count


def _megabytes(place: Target) -> float:
    """The size of the warehouse's file: all that can be seen from outside of a statement that fills it."""
    return place.warehouse.stat().st_size / 1e6 if place.warehouse.exists() else 0


def _landed(landing: Landing) -> int:
    return sum(landing_area.landed_count(landing.connection, table) for table in TABLES.values())


def _day_of_view(place: Target, bound: dict[str, Any], run_date: date | None, is_range: bool) -> date:
    """The day on which the marketplace is looked at; it never moves back, or old versions would overwrite new ones."""
    seen = date.fromisoformat(bound["as_of"]) if "as_of" in bound else None
    if is_range:
        return max(filter(None, (seen, run_date)), default=LAST_DAY)
    if seen and run_date and run_date < seen:
        raise PipelineError(
            f"The target {place.name} has already seen {seen}, and cannot go back to {run_date}.",
            cause="a later day is loaded; what was edited since would be overwritten by its older self",
            fix=f"give the day a target of its own (--target june), fill this one anew (--full-refresh), or load a range of days "
            f"again as it is seen on {seen} (--from-date, --to-date)",
            faq="earlier-day",
        )
    return run_date or LAST_DAY


def _row_counts(place: Target) -> dict[str, int]:
    """Rows of the raw tables as the warehouse has them now; a table that is not there has none."""
    if not place.warehouse.exists():
        return {}
    with duckdb.connect(str(place.warehouse)) as connection:
        there = connection.execute("select table_name from duckdb_tables() where schema_name = ?", [DATASET]).fetchall()
        names = {name for (name,) in there} & TABLES.keys()
        return {name: connection.execute(f"select count(*) from {DATASET}.{name}").fetchone()[0] for name in names}


def _check_sums(place: Target, before: dict[str, int], load_id: str) -> None:
    """Compare what the warehouse gained with what the reconciliation says was inserted."""
    after = _row_counts(place)
    for table, _, inserted, *_ in reconciliation(place.name, load_id):
        gained = after.get(table, 0) - before.get(table, 0)
        if gained != inserted:
            raise PipelineError(
                f"The load does not add up: {inserted} {table} were to be inserted, and the warehouse gained {gained}.",
                cause="somebody changed the raw tables by hand during the load, or dlt left rows out",
                fix=f"fill the target anew: course run --target {place.name} --full-refresh",
                faq="does-not-add-up",
            )


def _check_arguments(
    source: str, path: str | Path | None, run_date: date | None, from_date: date | None, to_date: date | None, full_refresh: bool
) -> None:
    def refuse(what: str, fix: str) -> None:
        raise PipelineError(what, cause="the options do not fit together", fix=fix, faq="options-that-do-not-fit")

    if source not in ("marketplace", "files"):
        refuse(f"There is no source {source!r}.", "use --source marketplace or --source files")
    if source == "files" and not path:
        refuse("The source files needs a path.", "add --path with a folder or a glob")
    if source == "marketplace" and path:
        refuse("The practice marketplace takes no path.", "add --source files, or leave --path out")
    if from_date and to_date and from_date > to_date:
        refuse(f"{from_date} is after {to_date}.", "swap --from-date and --to-date")
    if full_refresh and (from_date or to_date):
        refuse("A full refresh takes everything, a range of days only a part.", "leave --full-refresh, or --from-date and --to-date, out")
    if source == "marketplace":
        for day in filter(None, (run_date, from_date, to_date)):
            if not FIRST_DAY <= day <= LAST_DAY:
                refuse(f"The practice marketplace knows no {day}.", f"choose a day from {FIRST_DAY} to {LAST_DAY}")
    if run_date and from_date and from_date > run_date:
        refuse(f"The range begins on {from_date}, after the run date {run_date}.", "move one of the two")


def _bind(place: Target, identity: dict[str, Any], full_refresh: bool) -> dict[str, Any]:
    """Tie the target to what fills it; a target filled from elsewhere is refused, unless it is filled anew."""
    bound = json.loads(place.binding.read_text(encoding="utf-8")) if place.binding.exists() else {}
    if not bound or full_refresh:
        return identity
    if {name: bound.get(name) for name in identity} != identity:
        describe = ", ".join(f"{name} {bound.get(name)} instead of {value}" for name, value in identity.items() if bound.get(name) != value)
        raise PipelineError(
            f"The target {place.name} was filled from another source ({describe}).",
            cause="one warehouse holds one marketplace, or files; two mixed would answer no question",
            fix="use a target of its own (--target real), or empty this one first with --full-refresh",
            faq="other-source",
        )
    return bound


def _explain_failure(error: PipelineStepFailed, place: Target) -> PipelineError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, PipelineError):
            return cause
        held = explain_held(cause, place.warehouse)
        if held:
            return held
        if not isinstance(cause, StopIteration):  # how the last page before the trouble ended
            root = cause
        cause = cause.__cause__ or cause.__context__
    first_line = str(root).strip().splitlines()[0] if str(root).strip() else type(root).__name__
    if isinstance(root, OSError) and type(root).__module__.startswith("requests"):
        return PipelineError(
            f"The API did not answer as it should: {first_line}",
            cause="the service is down or overloaded, the token has run out, or the line broke; dlt has tried several times",
            fix="run again later: nothing of this load has been kept, and nothing is lost",
            faq="api-errors",
        )
    return PipelineError(
        f"dlt stopped in the step {error.step}: {first_line}",
        cause="see the trace: it names the job and the table",
        fix=f"course dlt --target {place.name} pipeline {PIPELINE} trace shows what happened; with the cause mended, "
        f"course dlt --target {place.name} -y pipeline {PIPELINE} abort-packages clears the way for the next run",
        faq="dropped-table" if error.step == "load" and re.search(r"Table with name \w+ does not exist", first_line) else "load-failed",
    )


def reconciliation(target: str, *load_ids: str) -> list[tuple]:
    """The reconciliation of loads, summed by table: (table, rows_in, inserted, updated, unchanged, duplicates, rejected)."""
    with duckdb.connect(str(find_target(target).warehouse)) as connection:
        return connection.execute(
            f"""select table_name, sum(rows_in)::bigint, sum(inserted)::bigint, sum(updated)::bigint, sum(unchanged)::bigint,
                sum(duplicates)::bigint, sum(rejected)::bigint
            from {DATASET}.load_reconciliation where list_contains(?, load_id) group by table_name order by table_name""",
            [list(load_ids)],
        ).fetchall()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Load Amazon-like products, prices and reviews into data/<target>/warehouse.duckdb (dataset amazon_raw).",
        epilog="examples:\n"
        "  python dlt_pipelines/amazon_products_pipeline.py\n"
        "  python dlt_pipelines/amazon_products_pipeline.py --run-date 2025-06-30 --target june\n"
        "  python dlt_pipelines/amazon_products_pipeline.py --source files --path ~/reviews --target real\n"
        "  python dlt_pipelines/amazon_products_pipeline.py --from-date 2025-03-01 --to-date 2025-03-31",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    day = {"type": date.fromisoformat, "metavar": "DAY"}
    say = parser.add_argument
    say("--source", choices=["marketplace", "files"], default="marketplace", help="the practice API (default), or files")
    say("--path", help="with --source files: a folder, a file or a glob; .jsonl, .jsonl.gz or .parquet")
    say("--target", default="dev", metavar="NAME", help="the folder below data/ to load into (default: dev)")
    say("--run-date", **day, help="the practice day to look at (default: the last); for files: leave out later reviews")
    say("--from-date", **day, help="backfill: only reviews and prices from this day …")
    say("--to-date", **day, help="… to this day")
    say("--full-refresh", action="store_true", help="drop the target's raw tables and load everything anew")
    say("--log-level", choices=["DEBUG", "INFO", "WARNING", "ERROR"], help="how much dlt tells (default: nothing but what is raised)")
    options = vars(parser.parse_args(arguments))
    if level := options.pop("log_level"):
        os.environ["RUNTIME__LOG_LEVEL"] = level
    try:
        info = run(**options)
    except PipelineError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    print(info)
    print(f"\n{'table':<10}" + "".join(f"{name:>12}" for name in ("rows in", "inserted", "updated", "unchanged", "duplicates", "rejected")))
    for table, *counts in reconciliation(options["target"], *info.loads_ids):
        print(f"{table:<10}" + "".join(f"{count:>12,}" for count in counts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
