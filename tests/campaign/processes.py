"""Commands as a person types them, in processes of their own, and how they are ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from course.environment import ROOT

STRIKE = Path(__file__).with_name("strike.py")
SCRIPT = str(ROOT / "dlt_pipelines" / "amazon_products_pipeline.py")
SMALL = {"ITEMS": "300", "REVIEWS": "6000", "SEED": "3"}
LONGEST = 300  # seconds a command may take before it is taken for hanging
FOLDERS = ("data", "runs", "my_work")
OWN = ("COURSE_", "MARKETPLACE__", "DLT_", "DBT_")  # variables that a trial does not inherit


def environment(state: Path, **more: str) -> dict[str, str]:
    """The environment of a command whose state lies in a folder; the marketplace is a small one."""
    kept = {name: os.environ[name] for name in os.environ if not name.startswith(OWN)}
    places = {f"COURSE_{name.upper()}": str(state / name) for name in FOLDERS}
    return kept | places | {f"MARKETPLACE__{name}": value for name, value in SMALL.items()} | more


@dataclass(frozen=True)
class Command:
    """What is typed behind `python`; `told` is the kind of points at which it can be struck."""

    words: tuple[str, ...]
    told: str = "load"

    def start(self, state: Path, wrapped: tuple[str, ...] = (), **options) -> subprocess.Popen:
        """Start it in a process group of its own; what it says goes to `said` in the state.

        Options: `more`, variables of the environment; `limit`, called in the process at its start.
        """
        state.mkdir(parents=True, exist_ok=True)
        environ = environment(state, **options.pop("more", {}))
        limit = options.pop("limit", lambda: None)

        def begin() -> None:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # a campaign in the background ignores it
            limit()

        with said(state).open("wb") as stream:
            return subprocess.Popen(
                [sys.executable, *wrapped, *self.words],
                cwd=ROOT,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=begin if os.name != "nt" else None,
                **options,
            )

    def run(self, state: Path, wrapped: tuple[str, ...] = (), **options) -> int:
        """Run it to its end; gives its exit code, -9 where it hung."""
        process = self.start(state, wrapped, **options)
        try:
            return process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            end(process, signal.SIGKILL)
            return -signal.SIGKILL


def said(state: Path) -> Path:
    """Where a command's words are kept."""
    return state / "said.txt"


def words_of(state: Path) -> str:
    """What the last command said."""
    return said(state).read_text(encoding="utf-8", errors="replace")


def load(*options: str) -> Command:
    """The script that loads, alone, into the target `t`."""
    return Command((SCRIPT, "--target", "t", *options))


def course(*words: str, told: str = "dbt") -> Command:
    """The command `course`."""
    return Command(("-m", "course.cli", *words), told)


def end(process: subprocess.Popen, number: signal.Signals) -> None:
    """Signal a whole process group, and wait until the process and all that it started are gone.

    A notebook's kernel is in a group of its own, and ends by itself when its parent is gone.
    """
    family = _family(process.pid)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    _, left = psutil.wait_procs(family, timeout=20)
    for each in left:
        each.kill()
    psutil.wait_procs(left, timeout=10)


def end_at(process: subprocess.Popen, seconds: float, name: str) -> str:
    """Send a process a signal after so many seconds; tells what happened."""
    begun = time.monotonic()
    while process.poll() is None and time.monotonic() - begun < seconds:
        time.sleep(0.005)
    if process.poll() is not None:
        end(process, signal.SIGKILL)  # what it may have left at work
        return f"ended before {seconds:.2f} s"
    end(process, signal.Signals[name])
    return f"{name} after {seconds:.2f} s"


def repeat(command: Command, state: Path, most: int = 4) -> tuple[int, str]:
    """The same command until it ends well: how often, and what it said when it did not."""
    failures = []
    for times in range(1, most + 1):
        if command.run(state) == 0:
            return times, " | ".join(failures)
        failures.append(" ".join(words_of(state).split())[-300:])
    return most + 1, " | ".join(failures)


def measured(work: Callable[[], object]) -> float:
    """How many seconds it takes."""
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


def _family(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
