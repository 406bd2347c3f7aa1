"""Measuring in processes of their own: no run is warmed or weighed down by the one before."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

import psutil

ROOT = Path(__file__).resolve().parent.parent


def in_new_process(module: str, *arguments: object, data: Path) -> dict:
    """Run `python -m MODULE ARGUMENTS…` with its data/ in the folder `data`, and return what it
    gave to `answer`.

    Added to it: start_seconds, what the process took beyond the seconds that it measured. This
    process should be small: on Linux a child's peak memory is never less than what its parent held
    when it started it.
    """
    switches = {
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "0",
        "DO_NOT_TRACK": "1",
    }
    environment = (
        os.environ | switches | {"COURSE_DATA": str(data), "DLT_DATA_DIR": str(data / "dlt")}
    )
    # in a tree that was copied, every process would compile all modules anew: seconds
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    began = perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode:
        raise RuntimeError(
            f"{module} {' '.join(map(str, arguments))} failed:\n{done.stdout}\n{done.stderr}"
        )
    given = json.loads(done.stdout.splitlines()[-1])
    return given | {"start_seconds": round(perf_counter() - began - given.get("seconds", 0), 2)}


def generate(
    folder: Path, reviews: int, items: int, *, truths: bool, format: str = "jsonl"
) -> Path:
    """Write the files of a practice marketplace into a folder, in a process of their own, and
    return the file of reviews.
    """
    options = [
        "--reviews",
        str(reviews),
        "--items",
        str(items),
        "--truths" if truths else "--no-truths",
        "--format",
        format,
    ]
    command = [
        sys.executable,
        "-m",
        "dlt_pipelines.marketplace",
        "generate",
        *options,
        "--out",
        str(folder),
    ]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder / f"Practice_Marketplace.{format}"


def answer(**values: object) -> None:
    """Hand values to the process that waits for this one: the last line of the output."""
    print(json.dumps(values))


def peak_gb() -> float:
    """The most memory that this process has held so far, in GB."""
    if os.name == "nt":
        return psutil.Process().memory_info().peak_wset / 1e9
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e9


def spread(values: list[float]) -> dict[str, float]:
    """The least, the middle and the greatest, to three digits."""
    three = {"minimum": min(values), "median": statistics.median(values), "maximum": max(values)}
    return {name: float(f"{value:.3g}") for name, value in three.items()}


def machine() -> dict[str, object]:
    """What the figures depend on: cores, memory in GB, the system, and the versions of Python and
    the tools.
    """
    tools = {name: version(name) for name in ("duckdb", "dlt", "dbt-core", "pandas", "polars")}
    cores = (
        len(psutil.Process().cpu_affinity())
        if hasattr(psutil.Process, "cpu_affinity")
        else os.cpu_count()
    )
    return {
        "cores": cores,
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **tools,
    }
