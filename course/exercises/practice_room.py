"""What an exercise notebook works with: a warehouse of its own, checks with hints, and a note of
what is solved.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
import os
import re
import shutil
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
from filelock import FileLock

from course.dbt import copy_project, dbt
from course.environment import DBT_PROJECT, ROOT, settings
from course.checks import NotYet, Stopped, need_text
from course.exercises.exercise_sets import Exercise, ExerciseSet, find_set, word_of
from course.exercises.own_errors import error_of_cell, old_words, told, watch_cells
from course.exercises.verdicts import STATES, Verdict, headed
from course.lesson import Lesson, connect_jupysql
from dlt_pipelines import amazon_products_pipeline as pipeline
from dlt_pipelines.amazon_products_pipeline import find_target
from dlt_pipelines.deletion import check_target, delete
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.marketplace import Marketplace
from dlt_pipelines.notes import put_aside, read_note, write_note

MARKETPLACE = Marketplace(items=500, reviews=10_000, seed=1)


@dataclass(frozen=True)
class Practice(Lesson):
    """A set of exercises at work on its own target, `exercises-NN`."""

    @property
    def set(self) -> ExerciseSet:
        return find_set(self.number)

    @property
    def folder(self) -> Path:
        """Where the learner's files of this set lie, below my_work/."""
        return work_folder(self.set)

    @property
    def files(self) -> Path:
        """The folder with the marketplace's raw files: products, prices and reviews, one JSON
        object a line.
        """
        return find_target("exercises").folder / "files"

    def dbt(self, *arguments: str, show: bool = False) -> pd.DataFrame:
        """Run dbt on the course's project together with all files that the learner has written into
        dbt/.
        """
        put_models(self)
        return dbt(*arguments, target=self.target, show=show)

    def build(
        self, number: int, *arguments: str, made: Mapping[str, str] = MappingProxyType({})
    ) -> pd.DataFrame:
        """Run dbt with the files of exercise `number` only, and `made` ones (text by path in the
        project) laid over them. Raises Stopped with dbt's own message where something fails.
        """
        self.put_models(number, made)
        try:
            return dbt(*arguments, target=self.target)
        except PipelineError as error:
            raise Stopped(error) from error

    def put_models(self, number: int, made: Mapping[str, str] = MappingProxyType({})) -> None:
        """Lay the files of exercise `number` over a copy of the course's project, and `made` ones
        (text by path in the project) over these.
        """
        put_models(self, only=list(self.set.exercises[number].files))
        for path, text in made.items():
            file = self.place.folder / "project" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    def rows(self, answer: str | pd.DataFrame) -> pd.DataFrame:
        """The rows of a learner's query (or the rows themselves). Raises Stopped with DuckDB's
        message where it fails.
        """
        if isinstance(answer, pd.DataFrame):
            return answer
        need_text(answer, "a query as text, or a DataFrame")
        try:
            return self.query(answer)
        except Exception as error:
            raise Stopped(error) from error

    def check(self, number: int, *answers: Any) -> Verdict:
        """Judge an exercise: not attempted, not yet (with the fitting hint or the next), or right.

        The verdict is noted in my_work/progress.json. Under COURSE_GRADING, anything but right
        raises AssertionError, and what is right is said with a word that grading knows.
        """
        exercise = self.set.exercises[number]
        parts = [_is_attempted(answer, exercise.stubs) for answer in answers]
        parts += self._attempted_files(number)
        error = error_of_cell(exercise.stubs)
        with noted(self.number, number) as note:
            note["title"] = exercise.title
            if error is None and not any(parts):
                verdict = Verdict(
                    "not attempted",
                    headed("not attempted", "Not attempted.") + " Write your answer into the cell "
                    "above, run it, then run this cell.",
                )
            else:
                verdict = self._judge(number, answers, note, parts, error)
                note["attempts"] = note.get("attempts", 0) + 1
            note["last"] = verdict.state
            if verdict.hint:  # an instructor sees which mistakes are common
                note["met"] = (met := note.get("met", {})) | {
                    verdict.hint: met.get(verdict.hint, 0) + 1
                }
            note["state"] = max(note.get("state", "not attempted"), verdict.state, key=STATES.index)
        secret = os.environ.get("COURSE_GRADING")
        if secret and verdict.state != "right":
            raise AssertionError(repr(verdict))
        return (
            replace(verdict, word=word_of(secret, f"{self.number}-{number}")) if secret else verdict
        )

    def _judge(self, number: int, answers: tuple, note: dict, parts: list, error) -> Verdict:
        check, exercise = self.set.checks[number], self.set.exercises[number]
        try:
            if error is not None:
                raise Stopped(error)
            if not all(parts):
                raise NotYet("all parts of the answer", *_unfinished(parts, exercise))
            check.judge(self, *answers)
        except Stopped as reason:
            return self._stopped(number, reason)
        except NotYet as reason:
            if reason.__cause__ and not reason.hint:
                return self._stopped(number, Stopped(reason.__cause__))
            expected, found, hint = reason.expected, reason.found, reason.hint
        except Exception as reason:
            return self._stopped(number, Stopped(reason))
        else:
            note.setdefault("seen_before", bool(note.get("solution_seen")))
            written = [self.folder / name for name in exercise.files if name.endswith(".yml")]
            texts = [file.read_text(encoding="utf-8") for file in written]
            remark = old_words([*texts, *(text for text in answers if isinstance(text, str))])
            text = f"{headed('right', 'Right.')} {check.takeaway}"
            return Verdict("right", text + (f"  \nNote: {remark}" if remark else ""))
        if not hint:
            note["rung"] = min(_rung(note) + 1, len(check.hints))
            hint = check.hints[note["rung"] - 1]
        text = f"{headed('not yet', 'Not yet.')}  \n**Expected:** {expected}  \n**Found:** {found}"
        text += f"  \n**Hint:** {hint}  \nMore: `practice.hint({number})`"
        return Verdict("not yet", text, hint)

    def _stopped(self, number: int, reason: Stopped) -> Verdict:
        """Of an answer that stops with an error: the error, and no hint but one that is about it."""
        files = {name: self.folder / name for name in self.set.exercises[number].files}
        text = f"{headed('not yet', 'Not yet.')} Your answer stops with an error, so there is "
        text += f"nothing to compare.\n\n```text\n{told(reason.error, files)}\n```\n\n"
        text += f"**Hint:** {reason.hint}" if reason.hint else "Mend this first; it costs no hint."
        return Verdict("not yet", text, reason.hint)

    def _attempted_files(self, number: int) -> list[bool]:
        def text(path: str) -> str:
            file = self.folder / path
            return file.read_text(encoding="utf-8") if file.exists() else ""

        given = self.set.checks[number].starter_counts
        return [
            bool(text(path).strip()) and (given or _squeezed(text(path)) != _squeezed(stub))
            for path, stub in self.set.exercises[number].files.items()
        ]

    def hint(self, number: int) -> Verdict:
        """The next of the exercise's three hints; the last one stays. Only these are counted as
        hints: what a check gives was not asked for.
        """
        hints = self.set.checks[number].hints
        with noted(self.number, number) as note:
            if _rung(note) < len(hints):
                note["rung"] = _rung(note) + 1
                note["hints"] = note.get("hints", 0) + 1
            rung = note["rung"] = _rung(note)
        return Verdict(
            "not yet", f"**Hint {rung} of {len(hints)}.** {hints[rung - 1]}", hints[rung - 1]
        )

    def solution(self, number: int) -> Verdict:
        """The exercise's solution, once an answer has been tried."""
        with noted(self.number, number) as note:
            if not note.get("attempts"):
                return Verdict(
                    "not attempted",
                    headed("not attempted", "Try first.") + " One attempt, checked, opens this. "
                    f"`practice.hint({number})` helps you begin.",
                )
            note["solution_seen"] = True
        cells = self.set.exercises[number].solved_cells
        text = "\n\n".join(f"```\n{cell}\n```" for cell in cells)
        return Verdict("not yet", f"**One way to do it:**\n\n{text}")


def practice(number: str) -> Practice:
    """Open the exercises of a lesson: make ready their target `exercises-NN`, and work in their
    folder below my_work/.

    Raises PipelineError where there is no such set.
    """
    room = Practice(number.zfill(2), "marketplace", "", f"exercises-{number.zfill(2)}", "", False)
    folder = room.folder
    for kind in (
        "models/staging",
        "models/marts",
        "models/analytics",
        "macros",
        "tests/generic",
        "snapshots",
    ):
        (folder / "dbt" / kind).mkdir(parents=True, exist_ok=True)
    # so that %%writefile dbt/models/… means the same wherever the kernel was started
    os.chdir(folder)
    _furnish(room)
    connect_jupysql(room)
    with suppress(NameError):  # in a notebook only
        watch_cells(get_ipython())  # type: ignore[name-defined]
    return room


def _rung(note: dict) -> int:
    """How many of an exercise's three hints have been given, asked for or not."""
    return note.get("rung", note.get("hints", 0))


def _unfinished(parts: list[bool], exercise: Exercise) -> tuple[str, str]:
    """What of an answer is still as it was given, and a hint that says so."""
    files = list(exercise.files)
    number = parts.index(False)
    name = f"`{files[number]}`" if len(parts) == len(files) else f"part {number + 1}"
    return f"{name} is as it was given", f"Answer {name} as well, and run its cell."


def work_folder(exercise_set: ExerciseSet) -> Path:
    """Where a learner's copy of a set lies."""
    return settings().my_work / "exercises" / exercise_set.name


@contextmanager
def noted(lesson: str, number: int) -> Iterator[dict]:
    """The note on one exercise in my_work/progress.json, written back when the block ends."""
    path = settings().my_work / "progress.json"
    path.parent.mkdir(parents=True, exist_ok=True)  # the lock needs it
    with FileLock(path.with_name(".progress.lock")):
        notes = read_notes()
        note = notes.setdefault(f"{lesson}-{number}", {})
        yield note
        write_note(path, notes)


def read_notes() -> dict[str, dict]:
    """The notes on all exercises that were ever checked, by key such as "05-2"."""
    path = settings().my_work / "progress.json"
    notes = read_note(path, {})
    if all(isinstance(note, dict) for note in notes.values()):
        return notes
    put_aside(path)
    return {}


def put_models(room: Lesson, only: list[str] | None = None) -> None:
    """Lay the learner's dbt files (all, or those named) over a copy of the course's project in the
    target's folder.
    """
    project = room.place.folder / "project"
    delete(project, inside=room.place.folder)
    copy_project(project)
    mine = work_folder(find_set(room.number)) / "dbt"
    for file in mine.rglob("*"):
        path = file.relative_to(mine.parent).as_posix()
        wanted = path in only if only is not None else file.suffix in (".sql", ".yml")
        if file.is_file() and wanted:
            destination = project / file.relative_to(mine)
            destination.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, destination)


def _furnish(room: Practice) -> None:
    """Give a set its warehouse: made once for all sets in the target `exercises`, then copied."""
    base, needs = find_target("exercises"), room.set.needs
    version = made_from()
    check_target(base.folder)
    base.folder.mkdir(parents=True, exist_ok=True)
    with FileLock(base.folder / "furnish.lock"):
        note = base.folder / "furnished.json"
        done = read_note(note, {})
        if done.get("version") != version or not isinstance(done.get("steps"), list):
            for path in base.folder.iterdir():
                if path.suffix != ".lock":
                    delete(path, inside=base.folder)
            done = {"version": version, "steps": []}
        steps = {
            "nothing": lambda: MARKETPLACE.write(base.folder / "files"),
            "raw": lambda: pipeline.run(
                source="files", path=base.folder / "files", target=base.name
            ),
            "models": lambda: dbt("run", target=base.name),
        }
        for step, work in steps.items():
            if step not in done["steps"]:
                work()
                done["steps"].append(step)
                write_note(note, done)
            if step == needs:
                break
        mark = room.place.folder / "furnished.json"
        if needs != "nothing" and (
            not mark.exists() or mark.read_text(encoding="utf-8", errors="replace") != version
        ):
            room.place.folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(base.warehouse, room.place.warehouse)
            mark.write_text(version, encoding="utf-8")


def made_from() -> str:
    """A fingerprint of what a practice warehouse is made from: the load, the models and the
    exercises' marketplace.
    """
    files = [
        *DBT_PROJECT.rglob("*.sql"),
        *DBT_PROJECT.rglob("*.yml"),
        *(ROOT / "dlt_pipelines").rglob("*.py"),
    ]
    return hashlib.sha256(
        b"".join(path.read_bytes() for path in sorted(files)) + repr(MARKETPLACE).encode()
    ).hexdigest()


def _is_attempted(answer: Any, stubs: list[str]) -> bool:
    """Whether an answer differs from what the learner was given: dots, nothing, or a text or
    function as it stood.
    """
    if answer is None or answer is ...:
        return False
    if isinstance(answer, (dict, list, tuple)) and answer:
        parts = answer.values() if isinstance(answer, dict) else answer
        return any(part is not ... for part in parts)
    if isinstance(answer, str):
        return bool(answer.strip()) and _squeezed(answer) not in _given(stubs, ast.Constant)
    if inspect.isfunction(answer):
        try:
            source = textwrap.dedent(inspect.getsource(answer))
        except (OSError, TypeError):
            return True
        return _squeezed(source) not in _given(stubs, ast.FunctionDef)
    return True


def _given(stubs: list[str], kind: type[ast.AST]) -> set[str]:
    """The texts (ast.Constant) or functions (ast.FunctionDef) that stand in a set's untouched
    answer cells.
    """
    found = set()
    for stub in stubs:
        try:
            nodes = [node for node in ast.walk(ast.parse(stub)) if isinstance(node, kind)]
        except SyntaxError:  # a cell with a magic
            continue
        found |= {
            _squeezed(
                str(node.value)
                if isinstance(node, ast.Constant)
                else ast.get_source_segment(stub, node)
            )
            for node in nodes
        }
    return found


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
