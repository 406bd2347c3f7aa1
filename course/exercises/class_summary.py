"""What a class found hard: attempts and hints by exercise, and the wrong answers that were common."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable

import pandas as pd

from course.exercises.exercise_sets import ExerciseSet
from course.exercises.submissions import Submission

COLUMNS = ["exercise", "title", "learners", "right", "attempts", "hints", "solutions_seen"]
WRONG_COLUMNS = ["exercise", "title", "learners", "met"]
LONGEST = 300  # of what a check said, in characters


def read_progress(submission: Submission) -> dict[str, dict]:
    """The notes on exercises in a learner's my_work/progress.json, by key such as "03-1"; empty
    where there are none, or something else."""
    names = [name for name in submission.files if name.rpartition("/")[2] == "progress.json"]
    for name in sorted(names, key=lambda name: (name.count("/"), name)):
        try:
            notes = json.loads(submission.files[name].read_bytes())
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(notes, dict):
            return {key: note for key, note in notes.items() if isinstance(note, dict)}
    return {}


def hint_in(said: str) -> str:
    """Of what a check said against an answer, its hint, or else what it found."""
    found = re.search(r"^Hint: (.+?)(?=\nMore: |\Z)", said, re.MULTILINE | re.DOTALL)
    found = found or re.search(r"^Found: (.+)$", said, re.MULTILINE)
    return _plain(found[1]) if found else ""


def summary(
    progress: dict[str, dict[str, dict]],
    said: dict[str, dict[str, str]],
    points: pd.DataFrame,
    sets: Iterable[ExerciseSet],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two tables on a class: its exercises, the ones that cost most attempts and hints first; and
    what was told to more than one learner, or to one where nobody met the same.

    progress: the notes by learner and exercise. said: what the checks said in this grading. points:
    a row a learner, a column an exercise (1, 0, or empty where nothing was graded).
    attempts, hints: the mean over the learners who tried the exercise; empty where nobody noted
    any.
    """
    rows, wrong = [], []
    exercises = {each.key: each for group in sets for each in group.exercises.values()}
    for key, exercise in exercises.items():
        notes = [note for of in progress.values() if _count(note := of.get(key, {}), "attempts")]
        means = [
            round(sum(_count(note, name) for note in notes) / len(notes), 1) if notes else None
            for name in ("attempts", "hints")
        ]
        seen = sum(note.get("solution_seen") is True for note in notes)
        graded = points[key].dropna()
        rows.append([key, exercise.title, len(graded), int(graded.sum()), *means, seen])
        met: Counter[str] = Counter()
        for learner in {*progress, *said}:
            told = progress.get(learner, {}).get(key, {}).get("met")
            hints = {_plain(hint) for hint in told} if isinstance(told, dict) else set()
            met.update((hints | {hint_in(said.get(learner, {}).get(key, ""))}) - {""})
        common = sorted(met.items(), key=lambda item: (-item[1], item[0]))[:3]
        wrong += [[key, exercise.title, count, hint] for hint, count in common]
    table = pd.DataFrame(rows, columns=COLUMNS).astype({"attempts": "Float64", "hints": "Float64"})
    order = (table.attempts.fillna(0) + table.hints.fillna(0)).sort_values(
        ascending=False, kind="stable"
    )
    found = pd.DataFrame(wrong, columns=WRONG_COLUMNS)
    return table.loc[order.index], found.sort_values("learners", ascending=False, kind="stable")


def _count(note: dict, name: str) -> int:
    value = note.get(name)
    return value if isinstance(value, int) and 0 <= value < 10_000 else 0


def _plain(text: object) -> str:
    return " ".join(str(text).replace("**", "").split())[:LONGEST]
