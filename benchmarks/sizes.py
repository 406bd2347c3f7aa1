"""The pipeline at several sizes, beside DuckDB doing the same by itself: the load of files, `dbt
build`, and a day's increment.

Run as `python -m benchmarks.sizes STEP FILES` it does one step on the target `bench` and answers.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from benchmarks.processes import answer, generate, in_new_process, machine, peak_gb, spread

SIZES = (1_000_000, 3_000_000, 10_000_000)
REVIEWS_AN_ITEM = 20  # as in the practice marketplace
INCREMENT = 10_000  # reviews, every second one an edit of a review that is there
FILES = {"products": "meta_*", "prices": "prices_*", "reviews": "Practice_*"}
PARTS = 24  # files, where the reviews come in many


def measure(
    folder: Path,
    tell: Callable[[str], None],
    sizes: tuple[int, ...] = SIZES,
    runs: int = 3,
    keep: Callable[[dict], None] = lambda part: None,
) -> dict:
    """For each number of reviews: generate files with all that can be wrong, then do each step in a
    new process, `runs` times in turn.

    load: all files into an empty warehouse; DuckDB by itself does `create table as select * from
    read_json(…, columns = …)`.
    load_parts: the same, the reviews cut into PARTS files; beside the load of one file.
    load_parquet: the same data as Parquet; DuckDB by itself reads it with read_parquet.
    build: all models and tests; DuckDB by itself runs the SQL that dbt compiled.
    increment: INCREMENT reviews on top of all that; DuckDB by itself deletes and inserts them.
    after: the models that follow it. Seconds are those of whole processes, Python and its imports
    included; those of the DuckDB steps as well.
    keep: is given what is measured so far after each size, so that a failure at a large one does
    not lose the others.
    """
    rows: list[dict] = []
    part = {"machine": machine(), "runs": runs, "parts": PARTS, "sizes": rows}
    for reviews in sizes:
        own = folder / f"size-{reviews}"
        files = own / "files"
        items = max(reviews // REVIEWS_AN_ITEM, 200)
        file = generate(files, reviews, items, truths=True)
        generate(own / "parquet", reviews, items, truths=True, format="parquet")
        _cut(file, own / "parts")
        row = {"reviews": reviews, "files_gb": _gb(*files.glob("*.jsonl"))}
        tell(f"size: {reviews:,} reviews generated, {row['files_gb']} GB of files")
        measured: dict[str, list[dict]] = {}
        for run in range(runs):
            for step in STEPS:
                in_new_process("benchmarks.sizes", step, files, "prepare", data=own)
                done = in_new_process("benchmarks.sizes", step, files, data=own)
                measured.setdefault(step, []).append(
                    done | {"whole": done["seconds"] + done["start_seconds"]}
                )
                tell(
                    f"size: {reviews:,} reviews, run {run + 1} of {runs}, {step}: "
                    f"{measured[step][-1]['whole']:.1f} seconds"
                )
        for step, beside in BESIDE.items():
            mine, theirs = ([each["whole"] for each in measured[name]] for name in (step, beside))
            row[step] = {
                "seconds": spread(mine),
                "beside_seconds": spread(theirs),
                "ratio": spread([one / other for one, other in zip(mine, theirs, strict=True)]),
                "peak_gb": max(each["peak_gb"] for each in measured[step]),
            }
        row["warehouse_gb"] = measured["build"][-1]["warehouse_gb"]
        rows.append(row)
        keep(part)
        shutil.rmtree(own)
    return part


def _gb(*paths: Path) -> float:
    return float(f"{sum(path.stat().st_size for path in paths) / 1e9:.3g}")


def _cut(file: Path, folder: Path) -> None:
    """The reviews of a file in PARTS files of whole lines, beside its other files."""
    folder.mkdir()
    for other in file.parent.glob("*_*_*.jsonl"):
        shutil.copy(other, folder)
    size = file.stat().st_size // PARTS + 1
    with file.open("rb") as lines:
        for part in range(PARTS):
            (folder / f"Part_{part:02}.jsonl").write_bytes(lines.read(size) + lines.readline())


def _warehouse(files: Path, target: str = "bench") -> Path:
    return files.parent / target / "warehouse.duckdb"


def load(files: Path, target: str = "bench") -> None:
    from dlt_pipelines import amazon_products_pipeline

    amazon_products_pipeline.run(source="files", path=files, target=target)


def load_parts(files: Path) -> None:
    load(files.parent / "parts", target="bench_parts")


def load_parquet(files: Path) -> None:
    load(files.parent / "parquet", target="bench_parquet")


def duckdb_load(files: Path) -> None:
    import duckdb

    from dlt_pipelines.load.contract import DUCKDB_TYPES, TABLES

    kinds = DUCKDB_TYPES | {"price": "JSON"}  # a price may be a text
    with duckdb.connect(str(files.parent / "plain.duckdb")) as plain:
        for name, file in FILES.items():
            columns = ", ".join(
                f"{field}: '{kinds[kind]}'" for field, kind in TABLES[name].fields.items()
            )
            options = f"format = 'newline_delimited', ignore_errors = true, columns = {{{columns}}}"
            plain.execute(
                f"create table {name} as select * from "
                f"read_json('{(files / file).as_posix()}', {options})"
            )


def duckdb_parquet(files: Path) -> None:
    import duckdb

    with duckdb.connect(str(files.parent / "plain_parquet.duckdb")) as plain:
        for name, file in FILES.items():
            plain.execute(
                f"create table {name} as select * from "
                f"read_parquet('{(files.parent / 'parquet' / file).as_posix()}')"
            )


def build(files: Path) -> None:
    from course.dbt import dbt

    dbt("build", target="bench")


def duckdb_build(files: Path) -> None:
    """The SQL that dbt compiled, statement by statement, in the order in which dbt ran it, in a
    copy of the warehouse.
    """
    import duckdb

    artefacts = _warehouse(files).parent / "dbt" / "target"
    nodes = json.loads((artefacts / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    done = json.loads((artefacts / "run_results.json").read_text(encoding="utf-8"))["results"]
    with duckdb.connect(str(_warehouse(files).with_name("raw.duckdb"))) as copy:
        for node in (nodes[each["unique_id"]] for each in done if each["unique_id"] in nodes):
            if node["resource_type"] == "operation":
                continue
            sql, kind = (
                node["compiled_code"].replace('"warehouse".', '"raw".'),
                node["config"]["materialized"],
            )
            if node["resource_type"] == "test":
                copy.execute(f"select count(*) from ({sql})").fetchall()
            else:
                if kind == "snapshot":  # the columns that dbt adds to it
                    now = (
                        "now()::timestamp as dbt_updated_at, now()::timestamp as "
                        "dbt_valid_from, "
                        "null::timestamp as dbt_valid_to"
                    )
                    sql = f"select *, md5(parent_asin || now()) as dbt_scd_id, {now} from ({sql})"
                copy.execute(f"create schema if not exists {node['schema']}")
                copy.execute(
                    f"create or replace {'view' if kind == 'view' else 'table'} "
                    f"{node['schema']}.{node['name']} as {sql}"
                )


def increment(files: Path) -> None:
    from dlt_pipelines import amazon_products_pipeline

    amazon_products_pipeline.run(
        source="files", path=files.parent / "increment.jsonl", target="bench"
    )


def duckdb_increment(files: Path) -> None:
    import duckdb

    from dlt_pipelines.load.contract import DUCKDB_TYPES, REVIEWS

    columns = ", ".join(
        f"{field}: '{DUCKDB_TYPES[kind]}'" for field, kind in REVIEWS.fields.items()
    )
    new = (
        f"read_json('{(files.parent / 'increment.jsonl').as_posix()}', format = "
        f"'newline_delimited', columns = {{{columns}}})"
    )
    with duckdb.connect(str(files.parent / "plain.duckdb")) as plain:
        plain.execute("begin")
        plain.execute(
            "delete from reviews where (user_id, asin, timestamp) in (select user_id, "
            f"asin, timestamp from {new})"
        )
        plain.execute(f"insert into reviews by name select * from {new}")
        plain.execute("commit")


def after(files: Path) -> None:
    from course.dbt import dbt

    dbt("run", target="bench")


def full(files: Path) -> None:
    from course.dbt import dbt

    dbt("run", "--full-refresh", target="bench")


# In this order; each pipeline's step beside what it is compared with.
STEPS = (
    "duckdb_load", "load", "load_parts", "duckdb_parquet", "load_parquet",
    "build", "duckdb_build", "duckdb_increment", "increment", "after", "full",
)  # fmt: skip
BESIDE = {
    "load": "duckdb_load",
    "load_parts": "load",
    "load_parquet": "duckdb_parquet",
    "build": "duckdb_build",
    "increment": "duckdb_increment",
    "after": "full",
}


def prepare(step: str, files: Path) -> None:
    """What a step needs, in a process of its own."""
    import duckdb

    warehouse = _warehouse(files)
    if step == "duckdb_load":
        (files.parent / "plain.duckdb").unlink(missing_ok=True)
        shutil.rmtree(warehouse.parent, ignore_errors=True)
    elif step in ("load_parts", "load_parquet", "duckdb_parquet"):
        (files.parent / "plain_parquet.duckdb").unlink(missing_ok=True)
        for target in ("bench_parts", "bench_parquet"):
            shutil.rmtree(_warehouse(files, target).parent, ignore_errors=True)
    elif step == "build":
        shutil.copy(warehouse, warehouse.with_name("raw.duckdb"))
    elif step == "duckdb_increment":
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            edited = "case when place % 2 = 0 then text || ' (edited)' else text end as text"
            renamed = "case when place % 2 = 1 then user_id || 'X' else user_id end as user_id"
            first = f"(from amazon_raw.reviews order by review_id limit {INCREMENT})"
            placed = f"(select *, row_number() over (order by review_id) as place from {first})"
            connection.execute(f"""
                copy (select * exclude (place, review_id, other_fields, _dlt_load_id)
                    replace ({edited}, {renamed}) from {placed})
                to '{(files.parent / "increment.jsonl").as_posix()}' (format json)""")


def main(step: str, files: Path, *prepare_only: str) -> None:
    if prepare_only:
        prepare(step, files)
        answer()
        return
    began = perf_counter()
    globals()[step](files)
    seconds = round(perf_counter() - began, 2)
    answer(
        seconds=seconds,
        peak_gb=round(peak_gb(), 2),
        **({"warehouse_gb": _gb(_warehouse(files))} if step == "build" else {}),
    )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
