"""Files in the layout of Amazon Reviews 2023: told apart by what they hold, watched for changes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from dlt_pipelines.errors import PipelineError
from dlt_pipelines.load.contents import Content, look_at, refusal
from dlt_pipelines.load.paths import expanded, find_paths, printable, unreadable

# Names that promise records, packed in whatever way: such a file that holds none is an error. A
# file of another name is taken where it holds records, and else passed over; so is one that is
# still being written, whatever it holds by now.
PROMISES = re.compile(
    r"\.(jsonl|ndjson|jsonlines|json|parquet|pq)(\.(gz|gzip|zst|zstd|bz2|xz|lz4|zip|br|z|7z))?$",
    re.IGNORECASE,
)
UNFINISHED = re.compile(
    r"(~|\.(part|partial|tmp|temp|crdownload|download|incomplete|swp|bak|lock))$",
    re.IGNORECASE,
)
# Without a record, such a file has some bytes all the same.
NEVER_EMPTY = re.compile(r"\.(parquet|pq|gz)$", re.IGNORECASE)
# Where the fields do not tell a file's table, the name of the file or of a folder above it does.
PREFIXES = {
    "products": ("meta_", "raw_meta_"),
    "prices": ("prices_",),
    "reviews": ("review_", "raw_review_"),
}
MOST_NAMED = 3


@dataclass(frozen=True)
class File:
    """A file: where it lies, its name in the ledgers, the table it feeds, and what it holds."""

    path: Path
    name: str
    table: str
    content: Content
    as_found: tuple[int, int] = (0, 0)  # its bytes, and when it was written (nanoseconds)

    @property
    def has_changed(self) -> bool:
        """Whether it is no longer as it was found."""
        return not self.path.exists() or _state_of(self.path) != self.as_found

    @property
    def is_gzip(self) -> bool:
        return self.content.is_gzip

    @property
    def is_parquet(self) -> bool:
        return self.content.form == "parquet"


def find_files(path: str | Path) -> list[File]:
    """The files of records that a path names (see paths.py), sorted by name, those of reviews last.

    The content tells what a file is (see contents.py). A file that is named by itself, or whose
    name promises records, must hold some. A file is known by its path below the folder (below the
    part of a pattern that has no wildcard), with forward slashes on every system. Raises
    PipelineError when there is nothing to read, or when what should be read cannot be.
    """
    base, paths = find_paths(path)
    alone = expanded(path).is_file()
    files, others = [], []
    for each in paths:
        below = each.relative_to(base)
        name = printable(below.as_posix())
        looked_at = _look_at(each, name, alone or PROMISES.search(name) is not None)
        if not looked_at:
            continue
        content, state = looked_at
        if alone or _is_taken(name, content):
            files.append(File(each, name, _table_of(below, content), content, state))
        else:
            others.append(f"{name} seems to be {content.seems}")
    if not files:
        raise _nothing(path, others)
    return sorted(files, key=lambda file: (file.table == "reviews", file.name))


def with_plain_path(file: File, link: Path) -> File:
    """The file, by way of a link where its own path is no UTF-8 text, which DuckDB cannot open."""
    if printable(file.path) == str(file.path):
        return file
    try:
        link.symlink_to(file.path)
    except OSError as error:
        what = f"its name is not UTF-8 text, and no link can stand for it ({error})"
        raise unreadable(file.path, what) from error
    return replace(file, path=link)


def check_unchanged(files: list[File]) -> None:
    """Raises PipelineError where a file is no longer as it was when it was found."""
    changed = [file.name for file in files if file.has_changed]
    if changed:
        raise PipelineError(
            f"{', '.join(changed[:3])} changed while "
            f"{'it was' if len(changed) == 1 else 'they were'} read.",
            cause="something still writes to the file, or replaced it; "
            "what was counted may not be what was read",
            fix="wait until it is complete, and run again: "
            "nothing of this load is in the warehouse",
            faq="file-changed",
        )


def _state_of(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def _look_at(path: Path, name: str, is_promised: bool) -> tuple[Content, tuple[int, int]] | None:
    """What a file holds, and its state before that was looked at.

    Where it cannot be read: None, or PipelineError where its name promises records.
    """
    try:
        state = _state_of(path)
        content = look_at(path)
    except (OSError, pa.ArrowException) as error:
        if not is_promised:
            return None
        if isinstance(error, pa.ArrowException):
            raise _damaged(name, error) from error
        raise unreadable(path, error) from error
    if is_promised and content.is_foreign:
        raise refusal(name, content)
    if NEVER_EMPTY.search(name) and not state[0]:
        raise unreadable(name, "it is empty")
    return content, state


def _is_taken(name: str, content: Content) -> bool:
    """Whether a file found in a folder, or by a pattern, is one to read."""
    if content.is_records:
        return not UNFINISHED.search(name)
    if not PROMISES.search(name) or content.is_clutter:
        return False
    # a .json is often something else: settings, an index
    return not (content.is_json and name.lower().endswith(".json"))


def _table_of(path: Path, content: Content) -> str:
    """The table that its fields fit best; of several that are as good, the one its name tells."""
    told = "reviews"
    for part in path.parts:  # the last one tells most
        told = next(
            (table for table, prefixes in PREFIXES.items() if part.lower().startswith(prefixes)),
            told,
        )
    return told if told in content.tables else content.tables[0]


def _nothing(path: str | Path, others: list[str]) -> PipelineError:
    holds = "; ".join(others[:MOST_NAMED]) + ("; …" if len(others) > MOST_NAMED else "")
    return PipelineError(
        f"There is nothing to load in {printable(expanded(path))}: "
        + (f"no file holds products, prices or reviews ({holds})." if holds else "it is empty."),
        cause="the folder is empty, holds other files, or the pattern matches nothing",
        fix="point --path at files such as meta_Video_Games.jsonl.gz and Video_Games.jsonl.gz",
        faq="nothing-to-load",
    )


def _damaged(name: str, error: Exception) -> PipelineError:
    """A Parquet file has its table of contents at its end: without it nothing can be read."""
    return PipelineError(
        f"{name} cannot be read as Parquet: {error}",
        cause="the file is cut off, or it is no Parquet file",
        fix="fetch it again, or move it out of the folder, and run again: nothing has been loaded",
        faq="unreadable-file",
    )
