"""Files in the layout of Amazon Reviews 2023: found, told apart, and read as numbered lines.

Plain or gzip JSON lines are read here, byte by byte, because a reader that must lose nothing has to know
exactly which line it stands on; DuckDB takes over from there. Parquet is read by DuckDB.
"""

from __future__ import annotations

import glob
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from dlt_pipelines.errors import PipelineError

ENDINGS = (".jsonl", ".jsonl.gz", ".parquet")
LINES = pa.schema(
    [("source", pa.string()), ("page", pa.string()), ("source_no", pa.int32()), ("position", pa.int64()),
     ("line", pa.string()), ("problem", pa.string())]
)  # fmt: skip
_CHUNK = 4 << 20  # bytes read at a time, which is also about the size of a batch


@dataclass(frozen=True)
class File:
    """One file: where it lies, the name it is known by in the ledgers, and the table it feeds."""

    path: Path
    name: str
    table: str


def find_files(path: str | Path) -> list[File]:
    """The files below a folder, or that a glob names, sorted by name.

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
    files = [File(p, p.relative_to(base).as_posix(), _table_of(p.name)) for p in found]
    _check_parquet(files)
    return sorted(files, key=lambda file: file.name)


def _table_of(name: str) -> str:
    for prefix, table in (("meta_", "products"), ("prices_", "prices")):
        if name.lower().startswith(prefix):
            return table
    return "reviews"


def read_lines(files: list[File]) -> pa.RecordBatchReader:
    """All lines of the files, in order, as batches of (source, page, source_no, position, line, problem).

    Positions count from 1. A byte-order mark is taken off. What no parser need look at is named in
    `problem`: bytes that are not UTF-8, and the point at which a gzip file is cut off or damaged.
    """
    return pa.RecordBatchReader.from_batches(LINES, _batches(files))


def _batches(files: list[File]) -> Iterator[pa.RecordBatch]:
    for source_no, file in enumerate(files):
        rows = _parquet_rows(file) if file.path.name.lower().endswith(".parquet") else _text_rows(file)
        position = 0
        for lines, problems in rows:
            count = len(lines)
            yield pa.record_batch(
                [
                    pa.array([file.name] * count, pa.string()),
                    pa.array([file.name] * count, pa.string()),
                    pa.array([source_no] * count, pa.int32()),
                    pa.array(range(position + 1, position + count + 1), pa.int64()),
                    lines,
                    pa.array(problems or [None] * count, pa.string()),
                ],
                schema=LINES,
            )
            position += count


def _text_rows(file: File) -> Iterator[tuple[pa.Array, list[str | None] | None]]:
    rest, first, cut_off = b"", True, None
    chunks = _unzipped(file.path) if file.path.name.lower().endswith(".gz") else _plain(file.path)
    while cut_off is None:
        try:
            chunk = next(chunks)
        except StopIteration:
            break
        except (zlib.error, EOFError) as error:
            cut_off = f"the file is cut off or damaged here ({error}): fetch it again"
            break
        if first and chunk:
            chunk, first = chunk.removeprefix(b"\xef\xbb\xbf"), False
        head, newline, tail = chunk.rpartition(b"\n")
        if not newline:
            rest += tail
            continue
        yield _as_text((rest + head).split(b"\n"))
        rest = tail
    if rest or cut_off:
        lines, problems = _as_text([rest])
        yield lines, [cut_off] if cut_off else problems


def _as_text(lines: list[bytes]) -> tuple[pa.Array, list[str | None] | None]:
    try:
        return pa.array(lines, pa.binary()).cast(pa.string()), None
    except pa.ArrowInvalid:
        texts = [line.decode("utf-8", "backslashreplace") for line in lines]
        problems = [None if line.decode("utf-8", "ignore").encode() == line else "not UTF-8 text" for line in lines]
        return pa.array(texts, pa.string()), problems


def _plain(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def _unzipped(path: Path) -> Iterator[bytes]:
    # Not gzip.open: on a truncated file it raises before it hands over what it has already unpacked.
    with path.open("rb") as stream:
        unzip, data = zlib.decompressobj(wbits=31), b""
        while data := data or stream.read(_CHUNK):
            yield unzip.decompress(data, _CHUNK)
            data = unzip.unconsumed_tail
            if unzip.eof:  # a gzip file may hold several members, and zeros after the last one
                data = (unzip.unused_data or stream.read(_CHUNK)).lstrip(b"\0")
                if not data:
                    return
                unzip = zlib.decompressobj(wbits=31)
        yield unzip.flush()
        if not unzip.eof:
            raise EOFError("the end of the gzip stream is missing")


def _parquet_rows(file: File) -> Iterator[tuple[pa.Array, None]]:
    with duckdb.connect() as connection:
        rows = connection.execute("select to_json(row)::varchar as line from read_parquet(?) as row", [str(file.path)])
        for batch in rows.to_arrow_reader(20_000):
            yield batch.column("line"), None


def _check_parquet(files: list[File]) -> None:
    """Read the footers before anything is loaded: a Parquet file without one cannot be read at all."""
    for file in files:
        if not file.path.name.lower().endswith(".parquet"):
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
