"""The load: the pipeline, dlt with one dictionary a row, pandas, and polars, each beside DuckDB
reading the same file by itself.

Run as `python -m benchmarks.loads WAY FILE FOLDER` it loads the file once and answers with the
seconds.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from time import perf_counter

from benchmarks.processes import answer, generate, in_new_process, machine, peak_gb, spread


def measure(
    folder: Path,
    tell: Callable[[str], None],
    rows: int = 300_000,
    runs: int = 3,
    sample: int = 20_000,
) -> dict:
    """Load `rows` clean reviews each way, `runs` times in turn; dictionaries take the first
    `sample` rows, scaled up.

    Seconds are those of the load alone. start_seconds, for Python and the imports, is beside them.
    """
    file = generate(folder / "load", rows, rows // 20, truths=False)
    part = file.with_name("sample.jsonl")
    with file.open(encoding="utf-8") as lines, part.open("w", encoding="utf-8") as few:
        few.writelines(islice(lines, sample))
    taken: dict[str, list[dict]] = {name: [] for name in WAYS}
    for run in range(runs):
        for name in WAYS:
            own = folder / f"{name}-{run}"
            own.mkdir()
            taken[name].append(
                in_new_process(
                    "benchmarks.loads", name, part if name == "dicts" else file, own, data=own
                )
            )
            tell(f"load: {name}, run {run + 1} of {runs}: {taken[name][-1]['seconds']} seconds")
    ways = {}
    for name, measured in taken.items():
        loaded = min(sample, rows) if name == "dicts" else rows
        assert {each["loaded"] for each in measured} == {loaded}, f"{name} has not loaded every row"
        a_row = [each["seconds"] / loaded for each in measured]
        duckdbs = [each["seconds"] / rows for each in taken["duckdb"]]
        ways[name] = {
            "rows": loaded,
            "rows_per_second": spread([1 / each for each in a_row]),
            "ratio": spread([mine / theirs for mine, theirs in zip(a_row, duckdbs, strict=True)]),
            "start_seconds": spread([each["start_seconds"] for each in measured]),
            "peak_gb": max(each["peak_gb"] for each in measured),
        }
    return {"rows": rows, "runs": runs, "machine": machine(), "ways": ways}


def load_duckdb(file: Path, folder: Path) -> Callable[[], object]:
    import duckdb

    from dlt_pipelines.load.contract import DUCKDB_TYPES, REVIEWS

    columns = ", ".join(f"{name}: '{DUCKDB_TYPES[kind]}'" for name, kind in REVIEWS.fields.items())

    def load():
        with duckdb.connect(str(folder / "warehouse.duckdb")) as warehouse:
            warehouse.execute(
                "create table reviews as select * from "
                f"read_json('{file.as_posix()}', format = 'newline_delimited', "
                f"columns = {{{columns}}})"
            )

    return load


def load_pipeline(file: Path, folder: Path) -> Callable[[], object]:
    from dlt_pipelines import amazon_products_pipeline

    return lambda: amazon_products_pipeline.run(source="files", path=file, target="bench")


def load_dicts(file: Path, folder: Path) -> Callable[[], object]:
    # dlt's own defaults, without this project's settings
    os.environ["DLT_PROJECT_DIR"] = str(folder)
    import dlt

    @dlt.resource(name="reviews")
    def reviews():
        with file.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)

    destination = dlt.destinations.duckdb(str(folder / "warehouse.duckdb"))
    pipeline = dlt.pipeline(
        "dicts",
        destination=destination,
        dataset_name="shop",
        pipelines_dir=str(folder / "pipelines"),
    )
    return lambda: pipeline.run(reviews())


def load_pandas(file: Path, folder: Path) -> Callable[[], object]:
    import pandas as pd

    return _through_a_frame(lambda: pd.read_json(file, lines=True), folder)


def load_polars(file: Path, folder: Path) -> Callable[[], object]:
    import polars as pl

    return _through_a_frame(lambda: pl.read_ndjson(file), folder)


def _through_a_frame(read: Callable[[], object], folder: Path) -> Callable[[], object]:
    import duckdb

    def load():
        frame = read()
        with duckdb.connect(str(folder / "warehouse.duckdb")) as warehouse:
            warehouse.register("frame", frame)
            warehouse.execute("create table reviews as select * from frame")

    return load


# What each way calls its table; the pipeline has a folder of its own below data/.
WAYS = {
    "duckdb": (load_duckdb, "warehouse.duckdb", "reviews"),
    "pipeline": (load_pipeline, "bench/warehouse.duckdb", "amazon_raw.reviews"),
    "polars": (load_polars, "warehouse.duckdb", "reviews"),
    "pandas": (load_pandas, "warehouse.duckdb", "reviews"),
    "dicts": (load_dicts, "warehouse.duckdb", "shop.reviews"),
}


def main(name: str, file: Path, folder: Path) -> None:
    prepare, warehouse, table = WAYS[name]
    load = prepare(file, folder)
    began = perf_counter()
    load()
    seconds, peak = perf_counter() - began, peak_gb()
    import duckdb

    with duckdb.connect(str(folder / warehouse)) as connection:
        loaded = connection.execute(f"select count(*) from {table}").fetchone()[0]
    answer(seconds=round(seconds, 3), loaded=loaded, peak_gb=round(peak, 2))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
