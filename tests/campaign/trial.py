"""What a trial found, and the table of all."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .grounds import Grounds
from .view import Breaches


@dataclass
class Trial:
    """One trial: what was done, what of it was wrong, and how often the command had to be typed."""

    part: str
    what: str
    differences: list[str] = field(default_factory=list)
    breaches: list[Breaches] = field(default_factory=list)
    models_differ: list[str] | None = None  # None: the models were not built
    commands: int = 1
    unclear: str = ""  # how it ended, where a person could not tell what to do
    said: str = ""
    seconds: float = 0

    def total(self, name: str) -> int:
        """How often a rule was broken."""
        return sum(getattr(each, name) for each in self.breaches)

    @property
    def is_wrong(self) -> bool:
        broken = any(self.breaches) or self.differences or self.models_differ
        return bool(broken or self.commands > 1 or self.unclear)

    def line(self) -> str:
        """The trial in a line, with what was wrong."""
        parts = [f"{self.part:<10} {self.what}"]
        if self.differences:
            parts.append(f"differs: {', '.join(self.differences)}")
        if self.models_differ:
            parts.append(f"models differ: {', '.join(self.models_differ)}")
        parts += [f"broken: {each}" for each in self.breaches if each]
        if self.commands > 1:
            parts.append(f"{self.commands} commands: {self.said}")
        if self.unclear:
            parts.append(f"unclear: {self.unclear}")
        return f"{'WRONG' if self.is_wrong else 'right'} {'; '.join(parts)} ({self.seconds:.0f} s)"


@dataclass
class Field:
    """Where trials take place: the grounds, a folder of its own for each, and what chance draws."""

    grounds: Grounds
    folder: Path
    draw: random.Random
    keep: bool = False

    def state(self, number: int) -> Path:
        """The folder of a trial."""
        return self.folder / f"trial-{number:04d}"

    def clear(self, number: int, is_wrong: bool) -> None:
        """Remove a trial's folder, unless it is to be looked at."""
        if not (self.keep and is_wrong):
            shutil.rmtree(self.state(number), ignore_errors=True)


Part = Callable[[Field, int], Trial]  # one trial, by its number

HEADINGS = (
    "part",
    "trials",
    "differences",
    "reconciliation wrong",
    "orphaned load ids",
    "keys doubled",
    "ledger wrong",
    "marts differing",
    "unclear ends",
    "commands at most",
    "seconds",
)


def table(trials: list[Trial], skipped: dict[str, str]) -> str:
    """The result as a Markdown table, one line a part; parts that were skipped say why."""
    rows = [_row(part, [t for t in trials if t.part == part]) for part in _parts(trials)]
    rows.append(_row("all", trials))
    lines = [" | ".join(HEADINGS), " | ".join("---" for _ in HEADINGS)]
    lines += [" | ".join(row) for row in rows]
    told = [f"\n{part} skipped: {why}" for part, why in skipped.items()]
    return "\n".join(f"| {line} |" for line in lines) + "".join(told)


def _parts(trials: list[Trial]) -> list[str]:
    return list(dict.fromkeys(trial.part for trial in trials))


def _row(name: str, trials: list[Trial]) -> list[str]:
    built = [trial for trial in trials if trial.models_differ is not None]
    numbers = [
        len(trials),
        sum(bool(trial.differences) for trial in trials),
        *(sum(t.total(rule) for t in trials) for rule in ("books", "orphans", "doubled", "ledger")),
        f"{sum(bool(trial.models_differ) for trial in built)} of {len(built)}",
        sum(bool(trial.unclear) for trial in trials),
        max((trial.commands for trial in trials), default=0),
        f"{sum(trial.seconds for trial in trials):.0f}",
    ]
    return [name, *map(str, numbers)]
