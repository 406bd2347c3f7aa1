"""A learner's own folder: copies of lessons and exercises, begun anew without loss, and how far he
or she has come.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from datetime import datetime
from pathlib import Path

from course.environment import ROOT, settings
from course.exercises.exercise_sets import ExerciseSet, find_set, find_sets
from course.notebooks import find_lesson, find_lessons
from course.links import linked_files
from course.exercises.practice_room import noted, read_notes, work_folder
from dlt_pipelines.amazon_products_pipeline import find_target
from dlt_pipelines.deletion import check_apart, delete, is_link
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.notes import read_note, write_note


def copy_course() -> Path:
    """Put all lessons and exercises, and the files that they link to, into `my_work/` and return
    that folder.

    A copy that the learner has not worked in is brought up to date; one that he or she has worked
    in stays as it is, and the newer one is put beside it as `<name>.new.ipynb`.
    """
    files = [lesson.path for lesson in find_lessons()]
    files += [file for each in find_sets() for file in released_files(each)]
    copy(files + linked_files(files))
    return settings().my_work


def start(number: str) -> tuple[Path, bool]:
    """Put a lesson's exercises into `my_work/exercises/`; return the notebook, and whether it is
    new there.
    """
    exercise_set = find_set(number)
    notebook = work_folder(exercise_set) / exercise_set.source.name
    is_new = not notebook.exists()
    copy(released_files(exercise_set))
    return notebook, is_new


def reset(number: str) -> Path:
    """Begin a lesson and its exercises anew; return the folder in `my_work/kept/` to which the old
    files were moved.

    What is kept: the lesson's copy, the folder of its exercises with the models in it, and the
    notes on what was solved. The target of the exercises in data/ is removed; it is made again when
    they are opened. Raises PipelineError where there is nothing to begin anew.
    """
    exercise_set = find_set(number)
    my_work = settings().my_work
    check_apart(my_work)
    lessons = [
        lesson.path.name for lesson in find_lessons() if lesson.number == exercise_set.number
    ]
    old = [
        path
        for path in (work_folder(exercise_set), *(my_work / "notebooks" / name for name in lessons))
        if path.exists()
    ]
    if not old:
        raise PipelineError(
            f"There is no work on lesson {exercise_set.number} in {my_work}.",
            cause="its exercises have not been started",
            fix=f"course start {exercise_set.number}",
            faq="nothing-to-reset",
        )
    kept = _free_folder(
        my_work / "kept" / f"{exercise_set.number}_{datetime.now():%Y-%m-%d_%H%M%S}"
    )
    for path in old:
        destination = kept / path.relative_to(my_work)
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, destination)
    notes = {
        key: note for key, note in read_notes().items() if key.startswith(f"{exercise_set.number}-")
    }
    write_note(kept / "progress.json", notes)
    for key in notes:
        number, exercise = key.split("-")
        with noted(number, int(exercise)) as note:
            note.clear()
    target = find_target(f"exercises-{exercise_set.number}").folder
    delete(target, inside=target.parent)
    copy([find_lesson(exercise_set.number).path] if lessons else [])
    copy(released_files(exercise_set))
    return kept


def progress() -> list[tuple[ExerciseSet, list[tuple[int, str, dict]]]]:
    """For each set its exercises: number, title, and the note on it (empty if never checked)."""
    notes = read_notes()
    return [
        (
            each,
            [
                (number, exercise.title, notes.get(exercise.key, {}))
                for number, exercise in each.exercises.items()
            ],
        )
        for each in find_sets()
    ]


def released_files(exercise_set: ExerciseSet) -> list[Path]:
    """What a learner gets of a set."""
    return sorted(
        path
        for path in exercise_set.released.parent.rglob("*")
        if path.is_file() and ".ipynb_checkpoints" not in path.parts
    )


def copy(files: list[Path], root: Path = ROOT) -> None:
    """Bring files to the place below `my_work/` that they have below `root`, and never over a
    learner's work.

    Opening and running a notebook is no work in it: where only its outputs or metadata differ, a
    newer one takes its place, and the old one goes to `my_work/kept/`.
    """
    my_work = settings().my_work
    check_apart(my_work)
    my_work.mkdir(parents=True, exist_ok=True)
    ledger = my_work / ".copied.json"
    copied = read_note(ledger, {})
    kept = _free_folder(my_work / "kept" / f"run_{datetime.now():%Y-%m-%d_%H%M%S}")
    for file in files:
        name = file.relative_to(root).as_posix()
        mine, before, now = my_work / name, _parts(copied.get(name)), _parts(_mark(file))
        mine.parent.mkdir(parents=True, exist_ok=True)
        state, is_newer = _state(mine, before, now), before[0] != now[0]
        if state == "worked in" and is_newer and before[1] != now[1]:
            beside = _free_name(mine, copied)
            shutil.copyfile(file, beside)
            copied[beside.relative_to(my_work).as_posix()] = ":".join(now)
        elif state == "run" and is_newer:
            (kept / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(mine, kept / name)
        if not os.path.lexists(mine) or state == "as copied":
            shutil.copyfile(file, mine)
        copied[name] = ":".join(now)
    write_note(ledger, copied)


def _state(mine: Path, *published: tuple[str, str]) -> str:
    """What a learner has done to a copy of one of the published files: "as copied" (or not there),
    "run" (its outputs or metadata differ), "worked in"."""
    if is_link(mine):
        return "worked in"
    if not mine.exists():
        return "as copied"
    whole, text = _parts(_mark(mine))
    if whole in [each for each, _ in published]:
        return "as copied"
    return "run" if text in [each for _, each in published] else "worked in"


def _parts(mark: str | None) -> tuple[str, str]:
    """The two hashes in a mark; older ledgers note the whole file's alone."""
    whole, _, text = (mark or "").partition(":")
    return whole, text or whole


def _mark(path: Path) -> str:
    """Two hashes of a file: of the whole, and of what a person writes in it, which in a notebook is
    the text of its cells (an empty one, as running the last cell adds, is none)."""
    content = path.read_bytes()
    written = content
    if path.suffix == ".ipynb":
        try:
            cells = json.loads(content)["cells"]
            texts = [
                [cell["cell_type"], "".join(cell["source"]), cell.get("attachments")]
                for cell in cells
            ]
            written = json.dumps([text for text in texts if text[1].strip()]).encode()
        except (ValueError, KeyError, TypeError):  # no notebook, whatever its name says
            pass
    return ":".join(hashlib.sha256(each).hexdigest() for each in (content, written))


def _free_name(mine: Path, copied: dict[str, str]) -> Path:
    """Where a newer file can lie without covering anything that the learner has worked in."""
    number = 1
    while True:
        beside = mine.with_suffix(
            f".new{mine.suffix}" if number == 1 else f".new{number}{mine.suffix}"
        )
        name = beside.relative_to(settings().my_work).as_posix()
        if _state(beside, _parts(copied.get(name))) != "worked in":
            return beside
        number += 1


def _free_folder(folder: Path) -> Path:
    number, free = 2, folder
    while free.exists():
        free, number = folder.with_name(f"{folder.name}_{number}"), number + 1
    return free
