"""Files in the layout of Amazon Reviews 2023: found, told apart, and watched for changes while they are read."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from dlt_pipelines.errors import PipelineError

ENDINGS = (".jsonl", ".jsonl.gz", ".parquet")


@dataclass(frozen=True)
class File:
    """One file: where it lies, the name it is known by in the ledgers, and the table it feeds."""

    path: Path
    name: str
    table: str
    as_found: tuple[int, int] = (0, 0)  # its bytes, and when it was written (nanoseconds)

    @property
    def has_changed(self) -> bool:
        """Whether it is no longer as it was found."""
        return not self.path.exists() or _state_of(self.path) != self.as_found

    @property
    def is_gzip(self) -> bool:
        return self.path.name.lower().endswith(".gz")

    @property
    def is_parquet(self) -> bool:
        return self.path.name.lower().endswith(".parquet")


def find_files(path: str | Path) -> list[File]:
    """The files below a folder, or that a glob names, sorted by name, those of reviews last.

    `meta_*` feeds products, `prices_*` prices, everything else reviews. The name is the path below the
    folder (or below the part of a glob that has no wildcard), with forward slashes on every system.
    Raises PipelineError when there is nothing to read.
    """
    text = str(Path(path).expanduser())
    if glob.has_magic(text) and not Path(text).exists():
        base = Path(text)
        while glob.has_magic(str(base)):
            base = base.parent
        paths = list(base.glob(Path(text).relative_to(base).as_posix()))
    else:
        base = Path(text)
        if not base.exists():
            raise PipelineError(
                f"There is no folder or file {text}.",
                cause="the path is misspelt, or it is relative to another folder than the one you are in",
                fix="check it with ls (dir on Windows) and give --path again",
                faq="no-such-path",
            )
        paths = [base] if base.is_file() else list(base.rglob("*"))
        base = base.parent if base.is_file() else base
    found = [p for p in paths if p.is_file() and p.name.lower().endswith(ENDINGS)]
    if not found:
        raise PipelineError(
            f"There is nothing to load in {text}: no file ends in {', '.join(ENDINGS)}.",
            cause="the folder is empty, holds other files, or the glob matches nothing",
            fix="point --path at a folder with files such as meta_Video_Games.jsonl.gz and Video_Games.jsonl.gz",
            faq="nothing-to-load",
        )
    files = [File(p, p.relative_to(base).as_posix(), _table_of(p.name), _state_of(p)) for p in found]
    _check_parquet(files)
    return sorted(files, key=lambda file: (file.table == "reviews", file.name))


def check_unchanged(files: list[File]) -> None:
    """Raises PipelineError where a file is no longer as it was when it was found."""
    changed = [file.name for file in files if file.has_changed]
    if changed:
        raise PipelineError(
            f"{', '.join(changed[:3])} changed while {'it was' if len(changed) == 1 else 'they were'} read.",
            cause="something still writes to the file, or replaced it; what was counted may not be what was read",
            fix="wait until it is complete, and run again: nothing of this load is in the warehouse",
            faq="file-changed",
        )


def _state_of(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def _table_of(name: str) -> str:
    for prefix, table in (("meta_", "products"), ("prices_", "prices")):
        if name.lower().startswith(prefix):
            return table
    return "reviews"


def _check_parquet(files: list[File]) -> None:
    """Read the footers before anything is loaded: a Parquet file without one cannot be read at all."""
    for file in files:
        if not file.is_parquet:
            continue
        try:
            pq.read_metadata(file.path)
        except (pa.ArrowInvalid, OSError) as error:
            raise PipelineError(
                f"{file.name} cannot be read as Parquet: {error}",
                cause="the file is cut off, or it is no Parquet file",
                fix="fetch the file again, or move it out of the folder, and run again: nothing has been loaded",
                faq="unreadable-file",
            ) from error
