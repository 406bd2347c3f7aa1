"""For authors: lessons executed with their outputs stored, and what the README says of them."""

from __future__ import annotations

import os
import re
import tempfile
import time
from math import ceil
from pathlib import Path

from course.environment import NOTEBOOKS, ROOT
from course.notebooks import QUIET_KERNEL, LessonFile, find_lessons, write

WORDS_A_MINUTE = 180  # a technical text, read with care
MINUTES_A_CELL = 0.5  # to run a cell and look at what it gives


def refresh_lesson(lesson: LessonFile) -> None:
    """Execute a lesson on the practice data, in a state folder that is thrown away, and store its outputs."""
    from nbclient import NotebookClient

    with tempfile.TemporaryDirectory(prefix="course-refresh-") as state:
        before = os.environ.get("COURSE_DATA")
        os.environ["COURSE_DATA"] = str(Path(state) / "data")
        try:
            notebook = lesson.read()
            resources = {"metadata": {"path": str(NOTEBOOKS)}}
            began = time.perf_counter()
            NotebookClient(notebook, kernel_name="python3", timeout=600, resources=resources, extra_arguments=QUIET_KERNEL).execute()
            notebook.metadata["course"] = {"run_seconds": round(time.perf_counter() - began)}
        finally:
            os.environ.pop("COURSE_DATA")
            if before is not None:
                os.environ["COURSE_DATA"] = before
    write(notebook, lesson.path)


def minutes(lesson: LessonFile) -> int:
    """How long a lesson takes to read and run, in minutes, rounded up to five."""
    cells, run_minutes = lesson.read().cells, run_seconds(lesson) / 60
    words = sum(len(cell.source.split()) for cell in cells if cell.cell_type == "markdown")
    code_cells = sum(cell.cell_type == "code" for cell in cells)
    return ceil((words / WORDS_A_MINUTE + code_cells * MINUTES_A_CELL + run_minutes) / 5) * 5


def run_seconds(lesson: LessonFile) -> int:
    """How long the lesson's cells took when its outputs were stored, catching up on all earlier lessons included."""
    return lesson.read().metadata.get("course", {}).get("run_seconds", 0)


def syllabus() -> str:
    """The table of lessons for the README: title, what you do in it, minutes."""
    rows = ["| lesson | what you'll do | minutes | of these, seconds of waiting |", "|---|---|---:|---:|"]
    total = 0
    for lesson in find_lessons():
        does = re.search(r"\*\*What you'll do\*\*:? *(.+?)(?:\n\n|$)", lesson.read().cells[0].source, re.DOTALL)
        link = f"[{lesson.number} {lesson.title}](notebooks/{lesson.path.name})"
        rows.append(f"| {link} | {' '.join(does[1].split())} | {minutes(lesson)} | {run_seconds(lesson)} |")
        total += minutes(lesson)
    note = (
        f"Together {total} minutes. They are measured: {WORDS_A_MINUTE} words a minute, half a minute for each code cell, and the "
        "waiting of the run that stored the outputs (two cores, nothing loaded before)."
    )
    return "\n".join([*rows, "", note])


def with_syllabus(readme: str) -> str:
    """The README's text with the syllabus as the lessons have it now."""
    return re.sub(
        r"(<!-- syllabus: .*? -->\n).*?(<!-- end of syllabus -->)", lambda m: m[1] + syllabus() + "\n" + m[2], readme, flags=re.DOTALL
    )


def refresh_readme() -> None:
    """Write the syllabus into README.md."""
    path = ROOT / "README.md"
    path.write_text(with_syllabus(path.read_text(encoding="utf-8")), encoding="utf-8")
