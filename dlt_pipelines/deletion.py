"""The one way in which the course deletes: inside a folder that the caller names, never a link,
never what it has not made."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from dlt_pipelines.errors import PipelineError

REPOSITORY = Path(__file__).resolve().parents[1]
TRACKED = (
    *("notebooks", "exercises", "solutions", "course", "dlt_pipelines", "dbt_project", "tests"),
    *("benchmarks", "docs", ".git"),
)
SIGNS = (  # what lies in a target from its first moment on
    "warehouse.duckdb",
    "load.lock",
    "run.lock",
    "furnish.lock",
    "furnished.json",
    "dlt/pipelines/amazon_products",
)


def delete(path: Path, *, inside: Path, ignore_errors: bool = False) -> None:
    """Delete a file, or a folder with all in it; where there is nothing, nothing happens.

    `path` has to lie below the folder `inside`, judged by where both really are. Of a link in a
    folder that is deleted, only the link goes. `ignore_errors`: what the system does not let go of
    stays, and nobody is told. Raises PipelineError, and deletes nothing, where `path` is a link,
    lies elsewhere, or holds the repository or the home folder.
    """
    if not os.path.lexists(path):
        return
    real = path.parent.resolve() / path.name
    if path.name == ".." or not real.is_relative_to(inside.resolve()) or real == inside.resolve():
        raise _stays(path, f"it is not inside {inside}")
    check_no_link(real)
    if any(kept.is_relative_to(real) for kept in (REPOSITORY, Path.home().resolve())):
        raise _stays(path, "it holds the course itself, or your home folder")
    if real.is_dir():
        shutil.rmtree(real, ignore_errors=ignore_errors)
        return
    try:
        real.unlink(missing_ok=True)
    except OSError:
        if not ignore_errors:
            raise


def delete_target(folder: Path) -> None:
    """Delete a target's folder. Raises PipelineError as `delete` does, and where it is no
    target's."""
    check_target(folder)
    delete(folder, inside=folder.parent)


def check_target(folder: Path) -> None:
    """Raises PipelineError where a folder holds something, and nothing that a target has: it is
    somebody's own.

    That is so where COURSE_DATA names a folder that was there before, and has an `exercises` or a
    `sandbox` in it.
    """
    check_no_link(folder)
    if (
        folder.is_dir()
        and any(folder.iterdir())
        and not any((folder / sign).exists() for sign in SIGNS)
    ):
        raise _stays(folder, "it holds nothing that a target has: the course has not made it")


def check_no_link(*paths: Path) -> None:
    """Raises PipelineError where one of the paths is a link."""
    for path in paths:
        if is_link(path):
            raise _stays(path, "it is a link, and the course has made none")


def check_apart(folder: Path) -> None:
    """Raises PipelineError where a folder for what is made by running is the repository, holds it,
    or is one of its tracked ones."""
    real = folder.resolve()
    tracked = any(real.is_relative_to(REPOSITORY / name) for name in TRACKED)
    if REPOSITORY.is_relative_to(real) or tracked:
        raise PipelineError(
            f"{folder} is a part of the course itself, or holds it.",
            cause="COURSE_MY_WORK names a folder that is not there for your own work",
            fix="leave the variable out, or let it name a new, empty folder",
            faq="not-deleted",
        )


def is_link(path: Path) -> bool:
    """Whether a path is a link, or what Windows has in its place (a junction)."""
    return path.is_symlink() or getattr(os.path, "isjunction", lambda _: False)(path)


def _stays(path: Path, why: str) -> PipelineError:
    return PipelineError(
        f"{path} stays, and nothing was deleted: {why}.",
        cause="a link was put there, or COURSE_DATA names a folder that holds other things",
        fix="put a folder in the link's place, or let COURSE_DATA name a folder of the course's "
        "own, and run the command again",
        faq="not-deleted",
    )
