"""For authors: exercises written from solutions by nbgrader, and the table of goals and checks."""

from __future__ import annotations

import logging
import re
import shutil
import tempfile
from pathlib import Path

from course.environment import EXERCISES, SOLUTIONS, commands_first
from course.exercises.exercise_sets import ExerciseSet, find_sets
from course.notebooks import normalise
from dlt_pipelines.deletion import delete

STUB = ""  # nothing in place of a solution: a stub in Python would break SQL and YAML cells


def shape(notebook, exercise_set: ExerciseSet) -> None:
    """Bring a solutions notebook into its one shape: nbgrader's metadata follow from the cells' ids
    (answer-N…, check-N).
    """
    normalise(notebook)
    for cell in notebook.cells:
        kind = cell.id.split("-")[0]
        if kind in ("answer", "check"):
            is_check = kind == "check"
            cell.metadata["nbgrader"] = {
                "cell_type": "code",
                "grade": is_check,
                "grade_id": f"{exercise_set.number}-{cell.id}",
                "locked": is_check,
                "schema_version": 3,
                "solution": not is_check,
                "task": False,
            } | ({"points": 1} if is_check else {})


def nbgrader_config(root: Path, source: Path = SOLUTIONS):
    """nbgrader's settings for a course folder `root` whose source is `solutions/`; everything it
    writes stays in `root`.
    """
    from traitlets.config import Config

    commands_first()  # nbgrader calls alembic by its bare name

    config = Config()
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.course_id = "local-data-stack"
    config.CourseDirectory.source_directory = str(source)
    config.CourseDirectory.release_directory = "exercises"
    config.CourseDirectory.db_url = f"sqlite:///{(root / 'gradebook.db').as_posix()}"
    answers = ["checks.py", "right", "wrong"]
    config.CourseDirectory.ignore = [*answers, "__pycache__", ".ipynb_checkpoints"]
    config.Exchange.root = str(root / "exchange")
    config.ClearSolutions.code_stub = {"python": STUB}
    config.Application.log_level = config.NbGrader.log_level = logging.ERROR
    config.NbGrader.logfile = ""
    return config


def release(into: Path = EXERCISES) -> list[Path]:
    """Write the exercises of all sets from their solutions, and the table; return what was written."""
    from nbgrader.apps import NbGraderAPI

    with tempfile.TemporaryDirectory(prefix="course-release-") as scratch:
        api = NbGraderAPI(config=nbgrader_config(Path(scratch)))
        for exercise_set in find_sets():
            outcome = api.generate_assignment(exercise_set.name, force=True, create=True)
            if not outcome["success"]:
                raise RuntimeError(
                    f"nbgrader could not release {exercise_set.name}: "
                    f"{outcome.get('log') or outcome.get('error')}"
                )
        delete(into, inside=into.parent)
        shutil.copytree(Path(scratch) / "exercises", into)
    for path in into.rglob("*.ipynb"):
        _tidy(path)
    (into / "README.md").write_text(table(), encoding="utf-8")
    return sorted(path for path in into.rglob("*") if path.is_file())


def _tidy(path: Path) -> None:
    """No trailing blanks where a solution stood, and no trace of what nbgrader adds on the way."""
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.source = re.sub(r"[ \t]+$", "", cell.source, flags=re.MULTILINE).rstrip("\n")
    nbformat.write(notebook, path)


def table() -> str:
    """goal → exercise → check, as Markdown."""
    lines = [
        "# Exercises",
        "",
        "Written from `solutions/` by `make release`; what you change here is overwritten. Work in "
        "your own copy: `course start 03`",
        "puts the exercises of lesson 03 into `my_work/exercises/`, and `course progress` shows "
        "where you stand.",
        "",
        "| goal | exercise | minutes | what the check does |",
        "|---|---|---:|---|",
    ]
    count = total = 0
    for exercise_set in find_sets():
        for number, exercise in exercise_set.exercises.items():
            judged = " ".join(
                (exercise_set.checks[number].judge.__doc__ or "").split("\n\n")[0].split()
            )
            link = (
                f"[{exercise_set.number}, {number}. "
                f"{exercise.title}]({exercise_set.name}/{exercise_set.source.name})"
            )
            lines.append(f"| {exercise.goal} | {link} | {exercise.minutes} | {judged} |")
            count, total = count + 1, total + exercise.minutes
    return "\n".join([*lines, "", f"{count} exercises, {total} minutes together."]) + "\n"
