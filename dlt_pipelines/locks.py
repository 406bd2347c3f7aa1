"""One writer at a time: a lock that knows its holder, and DuckDB's own lock put into words.

DuckDB lets one process open a file. Whoever opens a warehouse here waits while another has it open,
for COURSE_WAIT_SECONDS (30 unless given), so that a look never stops a run, nor a run a look.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import duckdb
import psutil
from filelock import FileLock, Timeout

from dlt_pipelines.deletion import delete
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.masking import masked
from dlt_pipelines.notes import read_note, write_note
from dlt_pipelines.wording import HELD, HOLDER, OPEN_HERE, says

Opened = TypeVar("Opened")

FORKED_KERNEL = "course.running.kernels"  # a word of the command line of such a kernel
SECONDS, FIRST_PAUSE, LONGEST_PAUSE = 30.0, 0.02, 0.25
# by warehouse, the holder for whom this process has waited long enough
_not_awaited: dict[str, str] = {}


def connect(warehouse: Path) -> duckdb.DuckDBPyConnection:
    """A warehouse opened as soon as no other process has it open.

    Raises PipelineError where that takes too long.
    """
    return patiently(warehouse, lambda: duckdb.connect(str(warehouse)))


def patiently(warehouse: Path, open_it: Callable[[], Opened]) -> Opened:
    """What `open_it` gives, tried again while another process has the warehouse open.

    Says in a line for whom it waits. Raises PipelineError, with the holder's name, where the holder
    does not let go in time: at once where this process has waited for the same one before.
    """
    began, pause, told = time.monotonic(), FIRST_PAUSE, False
    while True:
        try:
            opened = open_it()
        except duckdb.IOException as error:
            holder = _holder_in(error)
            if holder is None:
                raise
            waited = time.monotonic() - began
            if waited >= _seconds() or _not_awaited.get(str(warehouse)) == holder:
                _not_awaited[str(warehouse)] = holder
                raise explain_held(error, warehouse) or error from error
            if waited > 1 and not told:
                told = True
                print(
                    f"{warehouse.parent.name}: waiting until {holder} lets go of the warehouse …",
                    file=sys.stderr,
                )
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        else:
            _not_awaited.pop(str(warehouse), None)
            return opened


def _seconds() -> float:
    """How long to wait for a warehouse.

    Raises PipelineError where COURSE_WAIT_SECONDS is no number.
    """
    given = os.environ.get("COURSE_WAIT_SECONDS") or str(SECONDS)
    try:
        return float(given)
    except ValueError as error:
        raise PipelineError(
            f"COURSE_WAIT_SECONDS is {given!r}, and should be a number of seconds.",
            cause="it says how long to wait for a warehouse that another process has open",
            fix="set it to a number, such as 60, or leave it out",
            faq="locked-warehouse",
        ) from error


def _holder_in(error: BaseException) -> str | None:
    """The process that has the file open, by DuckDB's message; None where it tells of none."""
    text = str(error)
    if not says(text, *HELD):
        return None
    pid = HOLDER.search(text)
    return _process(int(pid[1])) if pid else "another process"


@contextmanager
def hold(path: Path, doing: str) -> Iterator[None]:
    """Hold the lock file `path` while the block runs.

    A second holder gets a PipelineError that names the first.
    """
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
            fix="wait until it has finished and run again, or give this run a target of its own "
            "with --target",
            faq="target-busy",
        ) from error


def at_work(folder: Path) -> str | None:
    """The command that holds a lock in a target's folder, in a person's words; None without one."""
    for lock in sorted(folder.glob("*.lock")):
        holder = read_note(lock.with_suffix(".json"), {})
        if {"doing", "pid"} <= holder.keys() and psutil.pid_exists(holder["pid"]):
            return str(holder["doing"])
    return None


def _holder(note: Path) -> str:
    holder = read_note(note, {})
    if not {"doing", "pid", "since"} <= holder.keys():
        return "it has only just begun"
    return f"{holder['doing']} (process {holder['pid']}, since {holder['since']})"


def explain_held(error: BaseException, warehouse: Path) -> PipelineError | None:
    """A PipelineError that names the holder of the warehouse, where `error` is about that."""
    text = str(error)
    if says(text, OPEN_HERE):
        return PipelineError(
            f"The warehouse {warehouse} is open in this very process.",
            cause="a connection of your own, duckdb.connect(…), has not been closed",
            fix="close it (connection.close()), or restart the notebook's kernel, and run again",
            faq="locked-warehouse",
        )
    holder = _holder_in(error)
    if holder is None:
        return None
    return PipelineError(
        f"The warehouse {warehouse} is held by {holder}.",
        cause="a notebook, a DuckDB shell or another tool has the file open; DuckDB lets one "
        "process write at a time",
        fix="wait until it has finished, or close that connection (restart the notebook's kernel, "
        "or leave the shell), and run again",
        faq="locked-warehouse",
    )


def _process(pid: int) -> str:
    """A process as a person knows it: the notebook, the course's command, or its command line."""
    try:
        process = psutil.Process(pid)
        command = process.cmdline()
        if any("ipykernel" in word or word == FORKED_KERNEL for word in command):
            return f"{_notebook(process)} (process {pid})"
    except psutil.Error:
        return f"process {pid}"
    return f"process {pid} ({_command(command)})"


def _notebook(kernel: psutil.Process) -> str:
    """A kernel's notebook: Jupyter tells it the path; papermill and nbval are its parents, or, of a
    forked kernel, the parents of the process that it was forked from.
    """
    try:
        if path := kernel.environ().get("JPY_SESSION_NAME"):
            return f"the notebook {Path(path).name}"
        parent = kernel.parent()
        if parent and FORKED_KERNEL in parent.cmdline():
            parent = parent.parent()
        return f"a notebook of `{_command(parent.cmdline())}`" if parent else "a notebook"
    except psutil.Error:
        return "a notebook"


def _command(words: list[str]) -> str:
    """A command line without the paths of Python and of the script: `course run --target prod`."""
    if (
        words
        and Path(words[0]).name.lower().startswith("python")
        and len(words) > 1
        and not words[1].startswith("-")
    ):
        words = words[1:]
    return masked(" ".join([Path(words[0]).name, *words[1:]]))[:120] if words else "?"


def is_running(pid: object, started: object) -> bool:
    """Whether the process of that number is there and began then (epoch seconds).

    Numbers are given away again.
    """
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
