"""Lessons executed for their authors: a real run, whose outputs are stored in the notebook."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from course.environment import NOTEBOOKS
from course.notebooks import QUIET_KERNEL, LessonFile, write


def refresh_lesson(lesson: LessonFile) -> None:
    """Execute a lesson on the practice data, in a state folder that is thrown away, and store its outputs."""
    from nbclient import NotebookClient

    with tempfile.TemporaryDirectory(prefix="course-refresh-") as state:
        before = os.environ.get("COURSE_DATA")
        os.environ["COURSE_DATA"] = str(Path(state) / "data")
        try:
            notebook = lesson.read()
            resources = {"metadata": {"path": str(NOTEBOOKS)}}
            NotebookClient(notebook, kernel_name="python3", timeout=600, resources=resources, extra_arguments=QUIET_KERNEL).execute()
        finally:
            os.environ.pop("COURSE_DATA")
            if before is not None:
                os.environ["COURSE_DATA"] = before
    write(notebook, lesson.path)
