"""What the system refuses, in words: no room on the disk, no right to write, no more open files."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from pathlib import Path

from dlt_pipelines.errors import PipelineError
from dlt_pipelines.wording import NO_HANDLE, NO_RIGHT, NO_ROOM, says


@dataclass(frozen=True)
class Refusal:
    """One kind: error numbers of OSError, and words of those who give none (DuckDB, Windows)."""

    numbers: tuple[int, ...]
    words: tuple[str, ...]
    what: str
    cause: str
    fix: str
    faq: str


AGAIN = "and run again: a load is in the warehouse as a whole or not at all"
REFUSALS = (
    Refusal(
        (errno.ENOSPC, errno.EDQUOT, errno.EFBIG),
        NO_ROOM,
        "There is no room left on the disk",
        "the warehouse, or what a load unzips and notes beside it while it works, needs more than "
        "there is",
        f"make room, or let COURSE_DATA (and COURSE_RUNS) name a folder on another disk, {AGAIN}",
        "full-disk",
    ),
    Refusal(
        (errno.EROFS, errno.EACCES, errno.EPERM),
        NO_RIGHT,
        "A file may not be written or read",
        "the folder belongs to somebody else, is on a disk that is read-only, or another program "
        "keeps the file for itself",
        "give yourself the right, or let COURSE_DATA, COURSE_RUNS and COURSE_MY_WORK name folders "
        f"of your own, {AGAIN}",
        "cannot-write",
    ),
    Refusal(
        (errno.EMFILE, errno.ENFILE),
        NO_HANDLE,
        "No more files can be opened",
        "the system lets a process have only so many open at once (ulimit -n), and this one, or "
        "its parent, has them",
        f"close other programs, raise the limit (ulimit -n 4096) in this shell, {AGAIN}",
        "open-files",
    ),
)


def explain_refused(error: BaseException, folder: Path | None = None) -> PipelineError | None:
    """A PipelineError in place of an error with which the system refused something; None for any
    other.

    folder: where the work was, if the error does not name the file.
    """
    number = error.errno if isinstance(error, OSError) else None
    text = str(error)
    for refusal in REFUSALS:
        if number in refusal.numbers or (number is None and says(text, *refusal.words)):
            lines = text.strip().splitlines() or [type(error).__name__]
            where = f" below {folder}" if folder else ""
            return PipelineError(
                f"{refusal.what}{where}: {lines[0]}",
                cause=refusal.cause,
                fix=refusal.fix,
                faq=refusal.faq,
            )
    return None
