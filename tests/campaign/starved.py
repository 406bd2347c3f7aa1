"""A service that misbehaves and a disk that is full; then the same command, with the cause gone."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dlt_pipelines.marketplace.troubles import TROUBLES

from .grounds import Task, build, copy, succeed, warehouse
from .processes import load, repeat, words_of
from .trial import Field, Trial
from .view import look

# dlt asks again for half a minute, by itself; here it gives up soon.
IMPATIENT = {"RUNTIME__REQUEST_MAX_ATTEMPTS": "2", "RUNTIME__REQUEST_BACKOFF_FACTOR": "0"}
STARVED = (
    ("files", "first"),
    ("market", "increment"),
    ("files", "increment"),
    ("market", "first"),
    ("files", "refresh"),
)


def trouble_api(field: Field, number: int) -> Trial:
    """A load on a bad day of the marketplace's API, and one on a good day.

    Either the load is refused, and nothing of it is seen; or all records came in, and each has its
    verdict. Where their content was the trouble, the FAQ has the target loaded anew.
    """
    trouble = list(TROUBLES)[number % len(TROUBLES)]
    kind = "increment" if number % 4 == 3 else "first"
    task = field.grounds.task("market", kind)
    state = copy(task.base, field.state(number))
    trial = Trial("api", f"{task.name}, {trouble}")
    code = task.command.run(state, more=IMPATIENT | {"MARKETPLACE__TROUBLE": trouble})
    _judge_end(trial, task, code, state)
    seen = look(warehouse(state))
    trial.breaches.append(seen.breaches)
    trial.commands, trial.said = repeat(task.command, state)
    if code == 0 and seen.raw != task.after.raw:
        trial.what += ", let in"
        more_is_right = kind == "increment"  # a reject is counted though it lies outside the window
        too_many = seen.rows_in > task.after.rows_in and not more_is_right
        if too_many or seen.rows_in < task.after.rows_in:
            trial.differences.append(f"{seen.rows_in} of {task.after.rows_in} records came in")
        succeed(load(*task.command.words[3:], "--full-refresh"), state)
    elif code and seen.raw != task.before.raw:
        trial.differences.append(f"half of it was seen ({', '.join(seen.differs(task.before))})")
    _compare(trial, task, state)
    return trial


def fill_disk(field: Field, number: int) -> Trial:
    """A load or dbt on a disk with too little room, and then with enough."""
    task = _starved_task(field, number)
    state = copy(task.base, field.state(number))
    is_small_disk = number % 2 == 1 and can_mount()
    with (_small_disk if is_small_disk else _small_files)(field, task, state) as (room, options):
        trial = Trial("disk", f"{task.name}, {room}")
        code = task.command.run(state, **options)
        _judge_end(trial, task, code, state)
    seen = look(warehouse(state))
    trial.breaches.append(seen.breaches)
    if seen.raw not in (task.before.raw, task.after.raw) and task.command.told != "dbt":
        trial.differences.append(f"half of it was seen ({', '.join(seen.differs(task.after))})")
    trial.commands, trial.said = repeat(task.command, state)
    _compare(trial, task, state)
    if is_small_disk:  # lazily: dbt in this process may still hold a file there
        subprocess.run(["umount", "-l", str(state / "data")], check=True)
    return trial


def _starved_task(field: Field, number: int) -> Task:
    if number % 4 == 3:
        return field.grounds.models("files", whole=False)
    return field.grounds.task(*STARVED[number % len(STARVED)])


def _judge_end(trial: Trial, task: Task, code: int, state: Path) -> None:
    """A load that fails says what to do; it does not show where in the code it was.

    dbt's logger shows that by itself, where it cannot write its log.
    """
    said = words_of(state)
    if code and task.command.told == "load" and ("Traceback" in said or "Error: " not in said):
        trial.unclear = " ".join(said.split())[-300:] or f"ended with {code}, without a word"


def _compare(trial: Trial, task: Task, state: Path) -> None:
    if task.command.told == "load":
        build(state)
    view = look(warehouse(state), built=True)
    trial.breaches.append(view.breaches)
    trial.differences += view.differs(task.after)
    trial.models_differ = view.models_differ(task.after)


@contextmanager
def _small_files(field: Field, task: Task, state: Path) -> Iterator[tuple[str, dict]]:
    """No file may grow beyond a size: to write beyond it fails, as on a disk that is full."""
    most = int(4096 * (2 ** field.draw.uniform(0, 11)))
    yield f"files of at most {most:,} bytes", {"limit": functools.partial(limit_files, most)}


def limit_files(most: int) -> None:
    """Let no file of this process grow beyond so many bytes: writing fails, as on a full disk."""
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that writing fails, and nobody is killed
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


@contextmanager
def _small_disk(field: Field, task: Task, state: Path) -> Iterator[tuple[str, dict]]:
    """The data folder is a disk of its own, with little room; afterwards it has enough."""
    place = state / "data"
    kept = state / "kept"
    place.mkdir(exist_ok=True)
    place.rename(kept)
    place.mkdir()
    used = sum(path.stat().st_size for path in kept.rglob("*") if path.is_file())
    room = used + int(2 ** field.draw.uniform(12, 23))
    mount("-t", "tmpfs", "-o", f"size={room + 256 * 1024}", "tmpfs", str(place))
    try:
        subprocess.run(["cp", "-a", f"{kept}/.", str(place)], check=True)
        yield f"a disk with {room - used:,} bytes left", {}
    finally:
        mount("-o", "remount,size=1g", str(place))


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)


@functools.cache
def can_mount() -> bool:
    """Whether this process may make small disks: root on Linux, mostly."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return False
    with tempfile.TemporaryDirectory() as folder:
        tried = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True)
        return tried.returncode == 0 and not subprocess.run(["umount", folder]).returncode
