"""Whether the course can work where it stands: a clone, in the environment that was made for it."""

from __future__ import annotations

from pathlib import Path

from course import doctor
from course.environment import NOTEBOOKS, ROOT, data_folder, shell
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.surroundings import check_path


def check_checkout(environment: bool = True) -> None:
    """Raise PipelineError where the course cannot work, or would work on another copy of itself.

    environment: whether to look too whose environment this is (the doctor says that itself).
    """
    if not NOTEBOOKS.is_dir():
        raise PipelineError(
            f"The course is installed in {ROOT} without its notebooks.",
            cause="`pip install .` copies the Python code alone; the lessons, the models and the "
            "FAQ stay behind",
            fix="install it from a clone, with --editable: python -m pip install --no-deps "
            "--no-build-isolation --editable .",
            faq="not-a-clone",
        )
    check_path(data_folder())
    if environment and (moved := doctor.moved() or _other_checkout()):
        raise PipelineError(
            f"This is not the environment of this folder: {moved}.",
            cause="the folder was moved or copied with its .venv, and an environment keeps the "
            "path that it was made in",
            fix="make install, in the folder that you want to work in, makes .venv anew (without "
            "make: delete it and install again)",
            faq="moved-checkout",
        )


def _other_checkout() -> str:
    """For a kernel: what is wrong where its notebook lies in another checkout than the code."""
    if not shell():
        return ""
    here = Path.cwd().resolve()
    home = next(
        (each for each in (here, *here.parents) if (each / "course" / "environment.py").is_file()),
        None,
    )
    if home is None or home.samefile(ROOT):
        return ""
    return f"the notebook lies in {home}, and the course that it would run in {ROOT}"
