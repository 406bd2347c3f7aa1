"""How long lessons and exercises take, and the tables of it in README.md and INSTRUCTORS.md."""

from __future__ import annotations

import re
from math import ceil

from course.environment import ROOT
from course.exercises.exercise_sets import ExerciseSet, find_sets
from course.notebooks import LessonFile, find_lesson, find_lessons
from course.publishing.tables import with_tables

# A careful reader's pace, fitted to three lessons that were timed: 40, 45 and 50 minutes
# (tests/test_minutes.py has what they held).
WORDS_A_MINUTE = 120
SECONDS_A_CELL = 45  # to read a code cell, run it and see what it gives
SECONDS_A_LINE = 5  # of output: a row of a table, a line of text

# What an instructor can teach in how many minutes: the lessons, and which of their exercises.
PLANS = {
    "90 minutes": (90, {"00": (), "03": (), "05": (1,), "09": ()}),
    "Half a day": (210, {"00": (), "03": (1,), "05": (1,), "09": (1,)}),
    "A day": (390, {"00": (), "02": (1,), "03": (1,), "05": (1,), "07": (1,), "09": (1,)}),
    "Two days": (
        780,
        {
            "00": (),
            "02": (1,),
            "03": (1, 2),
            "04": (1, 2),
            "05": (1, 2),
            "06": (1,),
            "07": (1, 2),
            "08": (1,),
            "09": (1,),
        },
    ),
}
BREAKS = {"90 minutes": 0, "Half a day": 20, "A day": 75, "Two days": 150}
SHOWN = ("90 minutes",)  # by an instructor, from the front: in half of a reader's minutes


def minutes(lesson: LessonFile) -> int:
    """How long a lesson takes a careful reader to read and run, in minutes, rounded up to five."""
    cells = lesson.read().cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    words = sum(len(cell.source.split()) for cell in cells if cell.cell_type == "markdown")
    lines = sum(_lines(output) for cell in code for output in cell.outputs)
    return estimate(words, len(code), lines, run_seconds(lesson))


def estimate(words: int, code_cells: int, output_lines: int, waiting: float) -> int:
    """A careful reader's minutes, rounded up to five; `waiting` is in seconds."""
    seconds = code_cells * SECONDS_A_CELL + output_lines * SECONDS_A_LINE + waiting
    return ceil((words / WORDS_A_MINUTE + seconds / 60) / 5) * 5


def _lines(output) -> int:
    """How many lines there are to read in an output: a table's rows, or a text's lines."""
    shown = output.get("data", {})
    if rows := "".join(shown.get("text/html", "")).count("<tr"):
        return rows
    text = "" if "image/png" in shown else output.get("text", shown.get("text/plain", ""))
    return len("".join(text).splitlines())


def run_seconds(lesson: LessonFile) -> int:
    """How long the lesson's cells took when its outputs were stored, catching up on all earlier
    lessons included.
    """
    return lesson.read().metadata.get("course", {}).get("run_seconds", 0)


def syllabus() -> str:
    """The README's table of lessons: title, what you do in it, minutes, exercises and theirs."""
    rows = [
        "| lesson | what you'll do | minutes | of these, seconds of waiting | exercises |",
        "|---|---|---:|---:|---|",
    ]
    sets = {each.number: each for each in find_sets()}
    total = practised = 0
    for lesson in find_lessons():
        does = re.search(
            r"\*\*What you'll do\*\*:? *(.+?)(?:\n\n|$)", lesson.read().cells[0].source, re.DOTALL
        )
        link = f"[{lesson.number} {lesson.title}](notebooks/{lesson.path.name})"
        exercises = _exercises(sets[lesson.number]) if lesson.number in sets else ""
        rows.append(
            f"| {link} | {' '.join(does[1].split())} | {minutes(lesson)} | "
            f"{run_seconds(lesson)} | {exercises} |"
        )
        total += minutes(lesson)
    for each in sets.values():
        if each.number not in {lesson.number for lesson in find_lessons()}:
            rows.append(f"| {each.number} {each.title} | | | | {_exercises(each)} |")
        practised += sum(exercise.minutes for exercise in each.exercises.values())
    note = (
        f"The lessons take {total} minutes together, the exercises {practised} more. The lessons' "
        f"minutes are those of a careful reader: {WORDS_A_MINUTE} words a minute, {SECONDS_A_CELL} "
        f"seconds for each code cell, {SECONDS_A_LINE} for each line of output, and the waiting of "
        "the run that stored the outputs (two cores, nothing loaded before). These rates are "
        "fitted to three lessons that readers were timed on: 40, 45 and 50 minutes."
    )
    return "\n".join([*rows, "", note])


def _exercises(exercise_set: ExerciseSet) -> str:
    exercises = exercise_set.exercises.values()
    link = f"exercises/{exercise_set.name}/{exercise_set.source.name}"
    return f"[{len(exercises)}, {sum(exercise.minutes for exercise in exercises)} minutes]({link})"


def plans() -> str:
    """The plans for instructors, one table each: lesson, its minutes, exercises, their minutes;
    with the sum.
    """
    sets = {each.number: each.exercises for each in find_sets()}
    parts = []
    for name, (limit, chosen) in PLANS.items():
        head = "minutes, shown" if name in SHOWN else "minutes"
        rows = [
            f"### {name}",
            "",
            f"| lesson | {head} | exercises | minutes |",
            "|---|---:|---|---:|",
        ]
        total = BREAKS[name]
        for number, exercises in chosen.items():
            lesson = find_lesson(number)
            practised = sum(sets[number][each].minutes for each in exercises)
            taken = minutes(lesson) // (2 if name in SHOWN else 1)
            rows.append(
                f"| {number} {lesson.title} | {taken} | "
                f"{', '.join(map(str, exercises))} | {practised or ''} |"
            )
            total += taken + practised
        breaks = f", {BREAKS[name]} of them breaks" if BREAKS[name] else ""
        parts.append("\n".join([*rows, "", f"{total} minutes of {limit}{breaks}."]))
    return "\n\n".join(parts)


TABLES = {"syllabus": syllabus, "plans": plans}


def refresh_tables() -> None:
    """Bring the tables of README.md and INSTRUCTORS.md up to date."""
    for name in ("README.md", "INSTRUCTORS.md"):
        path = ROOT / name
        path.write_text(with_tables(path.read_text(encoding="utf-8"), TABLES), encoding="utf-8")
