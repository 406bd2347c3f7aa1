"""Files as numbered lines, to be judged one by one.

Plain or gzip JSON lines are read here, byte by byte, because a reader that must lose nothing has to
know exactly which line it stands on; DuckDB takes over from there. Parquet is read by DuckDB.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dlt_pipelines.deletion import delete
from dlt_pipelines.load.contract import identifier
from dlt_pipelines.load.input_files import File

LINES = pa.schema(
    [("source", pa.string()), ("page", pa.string()), ("source_no", pa.int32()),
     ("position", pa.int64()), ("line", pa.string()), ("problem", pa.string())]
)  # fmt: skip
_SHORT = 100  # bytes; a longer line is taken for a record, and so is judged
_CHUNK = 4 << 20  # bytes read at a time, which is also about the size of a batch


def read_lines(files: list[File], first_no: int = 0) -> pa.RecordBatchReader:
    """All lines of the files, in order, as batches of LINES.

    Files are numbered from `first_no`, positions from 1. A byte-order mark is taken off. What no
    parser need look at is named in `problem`: bytes that are not UTF-8, and the point at which a
    gzip file is cut off or damaged.
    """
    return pa.RecordBatchReader.from_batches(LINES, _batches(files, first_no))


def _batches(files: list[File], first_no: int) -> Iterator[pa.RecordBatch]:
    for source_no, file in enumerate(files, start=first_no):
        rows = _parquet_rows(file) if file.is_parquet else _text_rows(file)
        position = 0
        for lines, problems in rows:
            yield _batch(
                file, source_no, range(position + 1, position + len(lines) + 1), lines, problems
            )
            position += len(lines)


def _batch(
    file: File,
    source_no: int,
    positions: Sequence[int] | np.ndarray | pa.Array,
    lines: pa.Array,
    problems: list[str | None] | None,
) -> pa.RecordBatch:
    count = len(lines)
    names = pa.array([file.name] * count, pa.string())
    numbers = pa.array([source_no] * count, pa.int32())
    told = pa.array(problems or [None] * count, pa.string())
    return pa.record_batch(
        [names, names, numbers, pa.array(positions, pa.int64()), lines, told], schema=LINES
    )


class Picked:
    """Some of a file's records as lines: those whose numbers, counted from 0 without blank lines,
    are in `rows` (sorted).

    file: what the lines are known by; path: what is read, plain JSON lines or Parquet. When
    `batches` has been read to its end, `counted` is the number of records in the whole file.
    """

    def __init__(self, file: File, path: Path, rows: np.ndarray, source_no: int) -> None:
        self.file, self.path, self.rows, self.source_no = file, path, rows, source_no
        self.counted = 0

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Batches as `read_lines` gives them."""
        return self._parquet() if self.file.is_parquet else self._text()

    def _text(self) -> Iterator[pa.RecordBatch]:
        position = 0
        for block in _blocks(self.path):
            ends = np.flatnonzero(np.frombuffer(block, np.uint8) == 10)
            if not len(ends) or ends[-1] != len(block) - 1:
                ends = np.append(ends, len(block))
            starts = np.concatenate(([0], ends[:-1] + 1))
            # A line that is not short is taken for a record and judged: only a short one is blank.
            short = np.flatnonzero(ends - starts < _SHORT)
            blank = [
                number
                for number in short.tolist()
                if not bytes(block[starts[number] : ends[number]]).strip(b" \t\r\f\v")
            ]
            filled = np.delete(np.arange(len(ends)), blank) if blank else None
            stop = self.counted + len(ends) - len(blank)
            first, last = np.searchsorted(self.rows, [self.counted, stop])
            places = self.rows[first:last] - self.counted
            if filled is not None:
                places = filled[places]
            if len(places):
                texts, problems = _as_text(
                    [bytes(block[starts[place] : ends[place]]) for place in places.tolist()]
                )
                yield _batch(self.file, self.source_no, position + places + 1, texts, problems)
            position += len(ends)
            self.counted = stop

    def _parquet(self) -> Iterator[pa.RecordBatch]:
        self.counted = pq.read_metadata(self.path).num_rows
        record = _name_of_records(self.path)
        with duckdb.connect() as connection:
            connection.register("wanted", pa.table({"number": self.rows}))
            rows = connection.execute(
                f"""select file_row_number + 1 as position, to_json({record})::varchar as line
                from read_parquet(?, hive_partitioning = false) as {record}
                semi join wanted on wanted.number = file_row_number order by position""",
                [str(self.path)],
            )
            for batch in rows.to_arrow_reader(20_000):
                yield _batch(
                    self.file, self.source_no, batch.column("position"), batch.column("line"), None
                )


def picked_lines(picked: list[Picked]) -> pa.RecordBatchReader:
    """The lines that are picked from several files, one after the other."""
    return pa.RecordBatchReader.from_batches(
        LINES, chain.from_iterable(each.batches() for each in picked)
    )


def sample_lines(path: Path, places: int, size: int = 1 << 16) -> Iterator[bytes]:
    """Whole lines from places spread over a plain file, `size` bytes at each."""
    length = path.stat().st_size
    with path.open("rb") as stream:
        for start in sorted(
            {length * place // places for place in range(places)} if length > places * size else {0}
        ):
            stream.seek(start)
            block = stream.read(size if start or length > places * size else length)
            # the first and the last may be parts, which are no JSON
            yield from block.split(b"\n")[1 if start else 0 :]


def unzip(path: Path, into: Path) -> bool:
    """Unzip a gzip file; False if it is cut off or damaged."""
    try:
        with into.open("wb") as plain:
            for chunk in _unzipped(path):
                plain.write(chunk)
    except (zlib.error, EOFError):
        delete(into, inside=into.parent)
        return False
    return True


def _blocks(path: Path) -> Iterator[memoryview]:
    """A plain file, some megabytes at a time, each part ending where a line ends.

    A part is gone when the next one is asked for.
    """
    buffer, kept = bytearray(2 * _CHUNK), 0
    with path.open("rb") as stream:
        while read := stream.readinto(memoryview(buffer)[kept:]):
            end = buffer.rfind(b"\n", kept, kept + read) + 1
            kept += read
            if end:
                yield memoryview(buffer)[:end]
                buffer[: kept - end] = buffer[end:kept]
                kept -= end
            elif kept == len(buffer):  # one line longer than that
                buffer = buffer + bytearray(len(buffer))
    if kept:
        yield memoryview(buffer)[:kept]


def _text_rows(file: File) -> Iterator[tuple[pa.Array, list[str | None] | None]]:
    rest, first, cut_off = b"", True, None
    chunks = _unzipped(file.path) if file.is_gzip else _plain(file.path)
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
        problems = [
            None if line.decode("utf-8", "ignore").encode() == line else "not UTF-8 text"
            for line in lines
        ]
        return pa.array(texts, pa.string()), problems


def _plain(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def _unzipped(path: Path) -> Iterator[bytes]:
    # Not gzip.open: on a truncated file it raises before it hands over what it has unpacked.
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


def _name_of_records(path: Path) -> str:
    """SQL of a name for the records of a Parquet file that is not the name of a column."""
    return identifier("_" * (max(map(len, pq.read_schema(path).names), default=0) + 1))


def _parquet_rows(file: File) -> Iterator[tuple[pa.Array, None]]:
    record = _name_of_records(file.path)
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"select to_json({record})::varchar as line "
            f"from read_parquet(?, hive_partitioning = false) as {record}",
            [str(file.path)],
        )
        for batch in rows.to_arrow_reader(20_000):
            yield batch.column("line"), None
