"""A disk without room, put into words."""

from __future__ import annotations

from pathlib import Path

from dlt_pipelines.errors import PipelineError

# As Python and DuckDB say it on Linux and macOS, and on Windows; where a quota or a limit is the end, too.
SIGNS = ("No space left on device", "File too large", "Disk quota exceeded", "not enough space on the disk")


def explain_full(error: BaseException, folder: Path) -> PipelineError | None:
    """A PipelineError that says that the disk of a target's folder is full, where that is what `error` is about."""
    lines = str(error).strip().splitlines()
    if not lines or not any(sign in str(error) for sign in SIGNS):
        return None
    return PipelineError(
        f"There is no room left on the disk below {folder}: {lines[0]}",
        cause="the warehouse, or what a load unzips and notes beside it while it works, needs more than there is",
        fix="make room, or let COURSE_DATA name a folder on another disk, and run again: nothing of this load is in the warehouse",
        faq="load-failed",
    )
