"""For authors: lessons and solutions executed, with their outputs stored."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from course.environment import NOTEBOOKS
from course.exercises.exercise_sets import ExerciseSet
from course.exercises.release import shape
from course.notebooks import QUIET_KERNEL, LessonFile, write


def refresh_lesson(lesson: LessonFile) -> None:
    """Execute a lesson on the practice data and store its outputs."""
    notebook = lesson.read()
    notebook.metadata["course"] = {"run_seconds": execute(notebook)}
    write(notebook, lesson.path)


def refresh_solutions(exercise_set: ExerciseSet) -> None:
    """Execute a set's solutions and store their outputs."""
    import nbformat

    notebook = nbformat.read(exercise_set.source, as_version=4)
    shape(notebook, exercise_set)
    # the checks look their exercises up by the cells' ids
    nbformat.write(notebook, exercise_set.source)
    seconds = execute(notebook)
    notebook.metadata["course"] = {"run_seconds": seconds}
    shape(notebook, exercise_set)
    nbformat.write(notebook, exercise_set.source)


def execute(notebook) -> int:
    """Execute a notebook in place, in a state folder that is thrown away; return the seconds that
    its cells took.
    """
    from nbclient import NotebookClient

    with tempfile.TemporaryDirectory(prefix="course-refresh-") as state:
        places = {f"COURSE_{name.upper()}": str(Path(state) / name) for name in ("data", "my_work")}
        before = {name: os.environ.get(name) for name in places}
        os.environ.update(places)
        try:
            resources = {"metadata": {"path": str(NOTEBOOKS)}}
            began = time.perf_counter()
            NotebookClient(
                notebook,
                kernel_name="python3",
                timeout=600,
                resources=resources,
                extra_arguments=QUIET_KERNEL,
            ).execute()
            return round(time.perf_counter() - began)
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value
