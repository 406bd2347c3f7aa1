"""What all trials start from: files of two days, targets that hold the first, undisturbed ends."""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from dlt_pipelines.marketplace import LAST_DAY, Marketplace
from dlt_pipelines.marketplace.dumps import CATEGORY

from .processes import SMALL, STRIKE, Command, course, environment, load, measured, words_of
from .view import View, look

FIRST, SECOND = date(2025, 11, 20), date(2025, 11, 30)
MODELS_ONLY = ("--exclude-resource-type", "test", "unit_test")
TO_FIRST, TO_SECOND = ("--run-date", str(FIRST)), ("--run-date", str(SECOND))


@dataclass(frozen=True)
class Task:
    """A command on a target in a known state: how it goes, and where it ends, when left alone."""

    name: str
    command: Command
    base: Path | None  # the state from which it starts; None: from nothing
    before: View
    after: View
    seconds: float
    points: dict[str, int] = field(default_factory=dict)  # how often each is called


class Grounds:
    """Folders that are made once, when they are first asked for; trials work in copies of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tasks: dict[str, Task] = {}

    def files(self, day: str) -> Path:
        """The files of a day, `first` or `second`."""
        folder = self.folder / "files"
        if not folder.exists():
            write_days(folder)
        return folder / day

    def load(self, source: str, day: str, *options: str) -> Command:
        """The load of a day from `files` or `market`."""
        if source == "market":
            return load(*(TO_FIRST if day == "first" else TO_SECOND), *options)
        return load("--source", "files", "--path", str(self.files(day)), *options)

    def filled(self, source: str, day: str, built: bool = True) -> Path:
        """A state whose target holds a day; `built`: with models."""
        state = self.folder / f"{source}-{day}{'-built' if built else ''}"
        if not state.exists():
            if day == "second":
                copy(self.filled(source, "first"), state)
            elif built:
                copy(self.filled(source, day, built=False), state)
            if day == "second" or not built:
                succeed(self.load(source, day), state)
            if built:
                build(state)
        return state

    def task(self, source: str, kind: str) -> Task:
        """A load, `first` or `refresh` or `increment`: tried once, undisturbed."""
        name = f"{source}, {kind}"
        if name not in self.tasks:
            base = None if kind == "first" else self.filled(source, "first")
            day = "first" if kind == "first" else "second"
            options = ("--full-refresh",) if kind == "refresh" else ()
            self.tasks[name] = self._try(name, self.load(source, day, *options), base, True)
        return self.tasks[name]

    def models(self, source: str, whole: bool) -> Task:
        """`course dbt build` after an increment; `whole`: with all tests."""
        name = f"dbt after {source}{', with tests' if whole else ''}"
        if name not in self.tasks:
            loaded = self.folder / f"{source}-second-loaded"
            if not loaded.exists():
                copy(self.filled(source, "first"), loaded)
                succeed(self.load(source, "second"), loaded)
            command = course("dbt", "--target", "t", "build", *(() if whole else MODELS_ONLY))
            self.tasks[name] = self._try(name, command, loaded, False)
        return self.tasks[name]

    def stages(self) -> Task:
        """The whole course, as a pipeline, from nothing."""
        if "course run" not in self.tasks:
            words = ("run", "--target", "t", "--stages-only", *TO_FIRST)
            command = course(*words, told="")
            self.tasks["course run"] = self._try("course run", command, None, False)
        return self.tasks["course run"]

    def _try(self, name: str, command: Command, base: Path | None, is_load: bool) -> Task:
        before = look(warehouse(base)) if base else View()
        state = copy(base, self.folder / "undisturbed")
        seconds = measured(lambda: succeed(command, state))
        points = {}
        if command.told:
            again, noted = copy(base, self.folder / "counted"), self.folder / "points.json"
            succeed(command, again, (str(STRIKE), "count", command.told, str(noted)))
            points = json.loads(noted.read_text(encoding="utf-8"))
            missing = [point for point, calls in points.items() if calls is None]
            if missing:
                raise LookupError(f"there are no functions {', '.join(missing)}: see strike.py")
            points = {point: calls for point, calls in points.items() if calls}
        if is_load:
            build(state)
        return Task(name, command, base, before, look(warehouse(state), True), seconds, points)


def warehouse(state: Path) -> Path:
    """The warehouse of the target `t` in a state."""
    return state / "data" / "t" / "warehouse.duckdb"


def copy(base: Path | None, state: Path) -> Path:
    """A state that is a copy of another, or empty; what was there goes."""
    shutil.rmtree(state, ignore_errors=True)
    if base:
        shutil.copytree(base, state)
    else:
        state.mkdir(parents=True)
    return state


def succeed(command: Command, state: Path, wrapped: tuple[str, ...] = ()) -> None:
    """Run a command that must end well, undisturbed as it is."""
    if command.run(state, wrapped):
        raise RuntimeError(f"{' '.join(command.words)} failed: {words_of(state)[-2000:]}")


def build(state: Path) -> None:
    """Build the models in this process, which is quicker than a command."""
    with at(state):
        from course.dbt import dbt

        dbt("build", *MODELS_ONLY, target="t")


@contextmanager
def at(state: Path) -> Iterator[None]:
    """This process's environment is that of the commands on a state while the block runs."""
    before = dict(os.environ)
    os.environ.update(environment(state))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def market() -> Marketplace:
    """The marketplace of all trials."""
    return Marketplace(**{name.lower(): int(value) for name, value in SMALL.items()})


# The files: a marketplace's, reviews spread over several, with repetitions and edits across them.


def write_days(folder: Path) -> None:
    """The files of two days; the second has those of the first, some records edited, and more."""
    draw = random.Random(9)
    shop, first, second = market(), folder / "first", folder / "second"
    for day, at_day in ((first, FIRST), (second, LAST_DAY)):
        whole = next(path for path in shop.write(day, day=at_day) if path.stem == CATEGORY)
        (day / "truths.json").unlink(missing_ok=True)
        records = whole.read_bytes().splitlines()
        whole.unlink()
        _spread(day, records, draw)
    for name in ("r0.jsonl", "r2.jsonl", "meta_Practice_Marketplace.jsonl"):
        path = second / name
        path.write_bytes(_joined(_edited(path.read_bytes().splitlines(), draw, share=0.05)))


def _spread(folder: Path, records: list[bytes], draw: random.Random) -> None:
    """Reviews over four files, one of them packed; later ones repeat and edit what earlier hold."""
    size = len(records) // 4 + 1
    parts = [records[start : start + size] for start in range(0, len(records), size)]
    for number, part in enumerate(parts):
        earlier = [line for other in parts[:number] for line in other[:200]]
        part += draw.sample(earlier, min(20, len(earlier)))
        part += _edited(draw.sample(earlier, min(40, len(earlier))), draw, share=1)
        plain, path = _joined(part), folder / f"r{number}.jsonl"
        if number == 1:
            path.with_name("r1.jsonl.gz").write_bytes(gzip.compress(plain, mtime=0))
        else:
            path.write_bytes(plain)


def _edited(lines: list[bytes], draw: random.Random, share: float) -> list[bytes]:
    """The lines, a share of the good records among them with other words."""
    made = []
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if isinstance(record, dict) and draw.random() < share:
            record["title"] = f"{record.get('title')} (edited {draw.randrange(100)})"
            line = json.dumps(record).encode()
        made.append(line)
    return made


def _joined(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)
