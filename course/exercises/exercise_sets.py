"""Exercises: what one is, where the sets lie, and how an answer is compared with the one expected.

A set is a folder below `solutions/`: the notebook `NN_exercises.ipynb` (nbgrader's source format)
and `checks.py`.
"""

from __future__ import annotations

import hmac
import importlib.util
import json
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from course.environment import EXERCISES, SOLUTIONS
from dlt_pipelines.errors import PipelineError


class NotYet(Exception):
    """An answer that is not right yet: what was expected, what was found, and the hint that fits
    where there is one.
    """

    def __init__(self, expected: str, found: str, hint: str = "") -> None:
        self.expected, self.found, self.hint = expected, found, hint
        super().__init__(f"expected {expected}; found {found}")


WORD = "application/vnd.local-data-stack.word+json"  # a kind of output that only grading reads


def word_of(secret: str, key: str) -> str:
    """What the check of an exercise says in a grading when the answer is right; nobody says it by
    accident.
    """
    return hmac.new(secret.encode(), key.encode(), "sha256").hexdigest()


@dataclass(frozen=True)
class Wrong:
    """A typical wrong answer: what is wrong with it, the source of the answer cell (or cells), and
    words of the hint that fits.
    """

    why: str
    answer: str | tuple[str, ...]
    hint: str


@dataclass(frozen=True)
class Check:
    """How one exercise is judged. `judge(practice, *answers)` returns if the answer is right and
    raises NotYet if it is not.
    """

    judge: Callable[..., None]
    hints: tuple[str, str, str]
    takeaway: str
    wrong: Sequence[Wrong]


@dataclass(frozen=True)
class Exercise:
    """One exercise as its notebook states it."""

    lesson: str
    number: int
    title: str
    goal: str
    minutes: int
    answers: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"{self.lesson}-{self.number}"

    @property
    def solution(self) -> str:
        """The answer, as a learner would have written it."""
        return "\n\n".join(
            re.sub(r"^.*\b(BEGIN|END) SOLUTION.*\n?", "", source, flags=re.MULTILINE).strip()
            for source in self.answers
        )

    @property
    def stubs(self) -> list[str]:
        """What the learner starts from, one text for each answer cell."""
        return [clear(source) for source in self.answers]

    @property
    def files(self) -> dict[str, str]:
        """The files that the answer cells write, with what the untouched cells would put into them."""
        matches = [re.match(r"%%writefile (\S+)\n?(.*)", stub, re.DOTALL) for stub in self.stubs]
        return {match[1]: match[2] for match in matches if match}


def clear(source: str) -> str:
    """A cell without its solution; the release command lets nbgrader do the same."""
    return re.sub(
        r"^[^\n]*BEGIN SOLUTION.*?END SOLUTION[^\n]*\n?", "", source, flags=re.DOTALL | re.MULTILINE
    )


@dataclass(frozen=True)
class ExerciseSet:
    """The exercises of one lesson."""

    folder: Path

    @property
    def number(self) -> str:
        return self.folder.name[:2]

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def source(self) -> Path:
        return self.folder / f"{self.number}_exercises.ipynb"

    @property
    def released(self) -> Path:
        return EXERCISES / self.name / self.source.name

    @property
    def title(self) -> str:
        return self._cells[0]["source"].splitlines()[0].lstrip("# ")

    @cached_property
    def _cells(self) -> list[dict]:
        cells = json.loads(self.source.read_text(encoding="utf-8"))["cells"]
        return [{"id": cell["id"], "source": "".join(cell["source"])} for cell in cells]

    @cached_property
    def exercises(self) -> dict[int, Exercise]:
        """The exercises by number, as their cells `exercise-N` and `answer-N…` state them."""
        found = {}
        for cell in self._cells:
            named = re.fullmatch(r"exercise-(\d+)", cell["id"])
            if not named:
                continue
            number = int(named[1])
            title = re.match(r"## \d+\. (.+)", cell["source"])
            stated = re.search(
                r"^\*Goal: (.+?)\. (\d+) minutes\.\*$",
                cell["source"].replace(".\n", ". "),
                re.MULTILINE,
            )
            if not title or not stated:
                raise ValueError(
                    f"{self.name}, exercise {number}: needs '## {number}. Title' and "
                    "'*Goal: …. N minutes.*'"
                )
            answers = [
                c["source"]
                for c in self._cells
                if re.fullmatch(rf"answer-{number}(-[a-z0-9-]+)?", c["id"])
            ]
            found[number] = Exercise(
                self.number, number, title[1], stated[1], int(stated[2]), tuple(answers)
            )
        return found

    @cached_property
    def module(self) -> ModuleType:
        """The set's checks.py."""
        spec = importlib.util.spec_from_file_location(
            f"checks_{self.name}", self.folder / "checks.py"
        )
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module  # dlt looks up where a decorated function comes from
        spec.loader.exec_module(module)
        return module

    @property
    def checks(self) -> dict[int, Check]:
        return self.module.CHECKS

    @property
    def needs(self) -> str:
        """What the set's warehouse holds at the start: "nothing", "raw" (loaded) or "models"
        (built).
        """
        return self.module.NEEDS


def find_sets() -> list[ExerciseSet]:
    """All sets in the order of their lessons."""
    return [
        ExerciseSet(path.parent)
        for path in sorted(SOLUTIONS.glob("[0-9][0-9]_*/[0-9][0-9]_exercises.ipynb"))
    ]


def find_set(number: str) -> ExerciseSet:
    """The set of that lesson, such as "05" or "5". Raises PipelineError where there is none."""
    for exercise_set in find_sets():
        if exercise_set.number == number.zfill(2):
            return exercise_set
    raise PipelineError(
        f"There are no exercises for lesson {number}.",
        cause="the number is misspelt, or the lesson has none",
        fix=f"choose one of {', '.join(each.number for each in find_sets())}",
        faq="no-such-lesson",
    )


def same_rows(
    found: pd.DataFrame, expected: pd.DataFrame, *, in_order: bool = False, hint: str = ""
) -> None:
    """Compare two results by their rows; columns go by name, numbers may differ in the ninth digit,
    order counts only if asked.

    Raises NotYet with the first difference.
    """
    found, expected = _plain(found), _plain(expected)
    if set(found.columns) != set(expected.columns):
        raise NotYet(
            f"the columns {', '.join(expected.columns)}",
            f"the columns {', '.join(found.columns)}",
            hint,
        )
    found = found[list(expected.columns)]
    if len(found) != len(expected):
        raise NotYet(f"{len(expected):,} rows", f"{len(found):,} rows", hint)
    mine, theirs = (
        [tuple(map(_value, row)) for row in frame.itertuples(index=False)]
        for frame in (found, expected)
    )
    if not in_order:
        mine, theirs = sorted(mine, key=repr), sorted(theirs, key=repr)
    for number, (my_row, their_row) in enumerate(zip(mine, theirs, strict=True), start=1):
        if my_row != their_row:
            raise NotYet(
                f"{_row(expected, their_row)} (row {number})", _row(expected, my_row), hint
            )


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename(columns=lambda name: str(name).lower())


def _value(value: Any) -> Any:
    """A value that compares across types: 4, 4.0 and Decimal("4.00") are one, and so are the kinds
    of nothing.
    """
    if isinstance(value, (list, tuple, np.ndarray)):
        return tuple(map(_value, value))
    if value is None or pd.isna(value):
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool):
        return value
    try:
        return float(f"{float(value):.9g}")
    except (TypeError, ValueError):
        return str(value).removesuffix(" 00:00:00")


def _row(frame: pd.DataFrame, row: tuple) -> str:
    return ", ".join(f"{name} = {value}" for name, value in zip(frame.columns, row, strict=True))
