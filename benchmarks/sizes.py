"""The pipeline at several sizes: seconds, peak memory and the warehouse's size, of the load and of `dbt build`.

Run as `python -m benchmarks.sizes load FOLDER` or `… build` it does one step on the target `bench` and answers.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from benchmarks.processes import answer, generate, in_new_process, machine, peak_gb

SIZES = (100_000, 1_000_000, 3_000_000)
REVIEWS_AN_ITEM = 20  # as in the practice marketplace


def measure(folder: Path, tell: Callable[[str], None], sizes: tuple[int, ...] = SIZES) -> dict:
    """For each number of reviews: generate files, load them, build all models and tests; once, each step in a process of its own."""
    rows = []
    for reviews in sizes:
        own = folder / f"size-{reviews}"
        files = own / "files"
        generate(files, reviews, max(reviews // REVIEWS_AN_ITEM, 200), truths=True)
        row = {"reviews": reviews, "files_gb": _gb(*files.glob("*.jsonl"))}
        tell(f"size: {reviews:,} reviews generated, {row['files_gb']} GB of files")
        for step in ("load", "build"):
            done = in_new_process("benchmarks.sizes", step, files, data=own)
            row |= {f"{step}_seconds": done["seconds"], f"{step}_peak_gb": done["peak_gb"]}
            tell(f"size: {reviews:,} reviews, {step}: {done['seconds']} seconds, {done['peak_gb']} GB of memory at most")
        row["warehouse_gb"] = _gb(own / "bench" / "warehouse.duckdb")
        rows.append(row)
        shutil.rmtree(own)
    return {"machine": machine(), "sizes": rows}


def _gb(*paths: Path) -> float:
    return float(f"{sum(path.stat().st_size for path in paths) / 1e9:.3g}")


def main(step: str, files: Path) -> None:
    began = perf_counter()
    if step == "load":
        from dlt_pipelines import amazon_products_pipeline

        amazon_products_pipeline.run(source="files", path=files, target="bench")
    else:
        from course.dbt import dbt

        dbt("build", target="bench")
    answer(seconds=round(perf_counter() - began, 1), peak_gb=round(peak_gb(), 2))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
