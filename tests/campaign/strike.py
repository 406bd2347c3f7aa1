"""Run a program, and let it kill itself at the n-th call of a function.

    python strike.py count KIND FILE program …             note in FILE how often each is called
    python strike.py POINT NUMBER WHEN SIGNAL program …    WHEN: before or after the call

A program is a script, or -m and a module. It runs as ever: only functions of POINTS are watched.
"""

from __future__ import annotations

import atexit
import functools
import importlib
import json
import os
import runpy
import signal
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

PACKAGES = "dlt.common.storages.load_package:PackageStorage"
CLIENT = "dlt.destinations.impl.duckdb.sql_client:DuckDbSqlClient"
PIPELINE = "dlt.pipeline.pipeline:Pipeline"
LOAD = "dlt_pipelines.load"
POINTS = {
    "load": [
        *(f"os:{name}" for name in ("replace", "rename", "unlink", "mkdir")),
        *(f"shutil:{name}" for name in ("rmtree", "move")),
        *(f"{PACKAGES}.{name}" for name in ("create_package", "save_load_package_state")),
        *(f"{PACKAGES}.{name}" for name in ("start_job", "complete_job")),
        f"{PACKAGES}.complete_loading_package",
        *(f"{CLIENT}.{name}" for name in ("open_connection", "close_connection")),
        *(f"{CLIENT}.{name}" for name in ("begin_transaction", "commit_transaction")),
        f"{CLIENT}.execute_query",
        *(f"{PIPELINE}.{name}" for name in ("sync_destination", "extract", "normalize", "load")),
        f"{LOAD}.landing:Landing.ask",
        f"{LOAD}.settle:settle",
        f"{LOAD}.settle:discard_packages",
        *(f"{LOAD}.commit:OneCommitClient.{name}" for name in ("complete_load", "_run")),
        *(f"{LOAD}.account:Account.{name}" for name in ("_begin", "_check")),
        f"{LOAD}.input_files:check_unchanged",
    ],
    "dbt": [
        "dbt.adapters.sql.connections:SQLConnectionManager.add_query",
        "dbt.adapters.sql.connections:SQLConnectionManager.add_commit_query",
        "dbt.adapters.duckdb.connections:DuckDBConnectionManager.open",
        "os:replace",
    ],
}


def watch(point: str, told: Callable[[str], None]) -> bool:
    """Have `told` called with "before" and "after" at each call; False where there is no such."""
    module, _, path = point.partition(":")
    *outer, name = path.split(".")
    try:
        owner = functools.reduce(getattr, outer, importlib.import_module(module))
        plain = vars(owner)[name]
    except (ImportError, AttributeError, KeyError):
        return False
    real = plain.__func__ if isinstance(plain, classmethod | staticmethod) else plain

    @functools.wraps(real)
    def watched(*arguments, **options):
        told("before")
        try:
            return real(*arguments, **options)
        finally:
            told("after")

    kind = type(plain) if isinstance(plain, classmethod | staticmethod) else lambda made: made
    setattr(owner, name, kind(watched))
    return True


def count(kind: str, path: str) -> None:
    """Watch all points of a kind, and note at the end how often each was called."""
    calls: Counter[str] = Counter()

    def counter(point: str) -> Callable[[str], None]:
        return lambda when: calls.update([point] if when == "before" else [])

    there = {point for point in POINTS[kind] if watch(point, counter(point))}

    def write() -> None:
        found = {point: calls[point] if point in there else None for point in POINTS[kind]}
        Path(path).write_text(json.dumps(found), encoding="utf-8")

    atexit.register(write)


def strike(point: str, number: int, when: str, name: str) -> None:
    """Send this process a signal, once, at the n-th call."""
    seen = 0

    def told(moment: str) -> None:
        nonlocal seen
        if moment == when:
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.Signals[name])

    # a command that was started in the background may have been told to ignore Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if not watch(point, told):
        sys.exit(f"there is no {point}")


def run(program: list[str]) -> None:
    """Run a program as Python would."""
    if program[0] == "-m":
        sys.argv = program[1:]
        runpy.run_module(program[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = program
        runpy.run_path(program[0], run_name="__main__")


if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[2])
    if sys.argv[1] == "count":
        count(*sys.argv[2:4])
        run(sys.argv[4:])
    else:
        strike(sys.argv[1], int(sys.argv[2]), *sys.argv[3:5])
        run(sys.argv[5:])
