"""One writer at a time: a lock that knows its holder, and DuckDB's own lock put into words."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from dlt_pipelines.deletion import delete
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.masking import masked
from dlt_pipelines.notes import read_note, write_note


@contextmanager
def hold(path: Path, doing: str) -> Iterator[None]:
    """Hold the lock file `path` while the block runs; a second holder gets a PipelineError that names the first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    note = path.with_suffix(".json")
    try:
        with FileLock(path, timeout=0):
            started = datetime.now().strftime("%H:%M:%S")
            write_note(note, {"pid": os.getpid(), "doing": doing, "since": started})
            try:
                yield
            finally:
                delete(note, inside=path.parent)
    except Timeout as error:
        raise PipelineError(
            f"Another process is at work on {path.parent.name}: {_holder(note)}.",
            cause="two runs on one target at once would undo each other's work",
            fix="wait until it has finished and run again, or give this run a target of its own with --target",
            faq="target-busy",
        ) from error


def _holder(note: Path) -> str:
    holder = read_note(note, {})
    if not {"doing", "pid", "since"} <= holder.keys():
        return "it has only just begun"
    return f"{holder['doing']} (process {holder['pid']}, since {holder['since']})"


def explain_held(error: BaseException, warehouse: Path) -> PipelineError | None:
    """A PipelineError that names the process which holds the warehouse, where that is what `error` is about."""
    text = str(error)
    if "Unique file handle conflict" in text:
        return PipelineError(
            f"The warehouse {warehouse} is open in this very process.",
            cause="a connection of your own, duckdb.connect(…), has not been closed",
            fix="close it (connection.close()), or restart the notebook's kernel, and run again",
            faq="locked-warehouse",
        )
    if not any(words in text for words in ("Could not set lock", "being used by another process", "File is already open in")):
        return None
    pid = re.search(r"PID (\d+)", text)
    return PipelineError(
        f"The warehouse {warehouse} is held by {_process(int(pid[1])) if pid else 'another process'}.",
        cause="a notebook, a DuckDB shell or another tool has the file open; DuckDB lets one process write at a time",
        fix="close that connection (restart the notebook's kernel, or leave the shell) and run again",
        faq="locked-warehouse",
    )


def _process(pid: int) -> str:
    try:
        return f"process {pid} ({masked(' '.join(psutil.Process(pid).cmdline()))[:120]})"
    except psutil.Error:
        return f"process {pid}"


def is_running(pid: object, started: object) -> bool:
    """Whether the process of that number is there and began then (epoch seconds): numbers are given away again."""
    if not isinstance(pid, int) or not isinstance(started, int | float) or pid < 0:
        return False
    try:
        return abs(psutil.Process(pid).create_time() - started) < 2
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def describe_command() -> str:
    """This process's command, as a person would name it, without the secrets in it."""
    return masked(" ".join([Path(sys.argv[0]).name, *sys.argv[1:]]))[:100]
