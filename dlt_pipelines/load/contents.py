"""What a file holds, told by its first bytes; and what is said where it holds no records."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow.parquet as pq

from dlt_pipelines.errors import PipelineError
from dlt_pipelines.load.contract import TABLES, Table

HEAD = 1 << 16  # bytes that are looked at
LONGEST_HEAD = 8 << 20  # … of a file whose first line is longer
MOST_RECORDS = 200
FEWEST_FIELDS = 3  # of the contract, that show what a record is
GZIP = b"\x1f\x8b\x08"
PARQUET = b"PAR1"
COMPARE = "compare its fields with those in dlt_pipelines/load/contract.py"
FETCH = "fetch the data itself: this came in its place"
UNPACK = "unpack it, or pack the files in it with gzip"
ARRAY = "a JSON array"
OBJECTS = "JSON lines of something else"
OBJECT = "JSON that is not written one object a line"
CONVERT = "write it as JSON lines (one object a line) or as Parquet"
# Where, which bytes, what the file seems to be, and what to do. No record begins like this.
FOREIGN = (
    (0, b"PK\x03\x04", "a zip archive or an Excel workbook", UNPACK),
    (0, b"\x28\xb5\x2f\xfd", "packed with zstd", UNPACK),
    (0, b"\xfd7zXZ\0", "packed with xz", UNPACK),
    (4, b"1AY&SY", "packed with bzip2", UNPACK),
    (0, b"\x04\x22\x4d\x18", "packed with lz4", UNPACK),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", UNPACK),
    (0, b"Rar!", "a RAR archive", UNPACK),
    (257, b"ustar", "a tar archive", UNPACK),
    (0, GZIP, "packed with gzip twice", "unpack it once"),
    (0, b"%PDF-", "a PDF document", FETCH),
    (0, b"\x89PNG", "a picture", FETCH),
    (0, b"\xff\xd8\xff", "a picture", FETCH),
    (0, b"PARE", "an encrypted Parquet file", "decrypt it"),
    (0, b"ARROW1", "an Arrow file", CONVERT),
    (0, b"ORC", "an ORC file", CONVERT),
    (0, b"Obj\x01", "an Avro file", CONVERT),
    (0, b"SQLite format 3\0", "an SQLite database", CONVERT),
    (8, b"DUCK", "a DuckDB database", CONVERT),
    (0, b"\x89HDF", "an HDF5 file", CONVERT),
)
# AppleDouble: what macOS writes beside a file on foreign disks, as ._reviews.jsonl
CLUTTER = b"\0\x05\x16\x07"
# The same for text. A file of records may have such a line, so this is only said where no record
# is accepted.
TEXTS = (
    (rb"version https://git-lfs", "a Git LFS pointer, not the file", "fetch it: git lfs pull"),
    (rb"[./]*(\.git)?/annex/", "a git-annex pointer, not the file", "fetch it: git annex get"),
    (rb"(?i)(<!--.*?-->\s*)?<(!doctype html|html|head|body)\b", "an HTML page", FETCH),
    (rb"<\?xml|<[A-Za-z]", "XML", FETCH),
    (rb"\{\s*[a-z]?'", "Python dictionaries, not JSON", CONVERT),
    (rb"\[", ARRAY, "write its items one a line"),
)  # fmt: skip


@dataclass(frozen=True)
class Content:
    """What a file holds.

    form: "lines" or "parquet"; is_gzip: whether the lines are packed.
    seems, advice: what it seems to be, and what to do, where none of its records is accepted.
    is_foreign: it is no records for certain; is_clutter: nor did anybody mean it to be.
    is_json: it is JSON, whatever it holds.
    tables: the raw tables that its fields fit best, all where nothing is known of them;
    is_records: it has the fields that a record of such a table must have.
    """

    form: str = "lines"
    is_gzip: bool = False
    seems: str = "empty"
    advice: str = FETCH
    is_foreign: bool = False
    is_clutter: bool = False
    is_json: bool = False
    tables: tuple[str, ...] = tuple(TABLES)
    is_records: bool = False


def look_at(path: Path) -> Content:
    """Tell what a file holds.

    Raises OSError where it cannot be opened, pyarrow's errors where a Parquet file is damaged.
    """
    head = _head(path)
    if head.startswith(PARQUET):
        return _parquet(path)
    if head.startswith(CLUTTER):
        return Content(seems="what macOS keeps beside a file", advice="delete it", is_clutter=True)
    is_gzip = head.startswith(GZIP)
    head, is_cut = _unpacked(head) if is_gzip else (head, False)
    for at, magic, seems, advice in FOREIGN:
        if head[at:].startswith(magic):
            return Content(is_gzip=is_gzip, seems=seems, advice=advice, is_foreign=True)
    content = _lines(head.removeprefix(b"\xef\xbb\xbf"))
    if is_cut:
        cut = "a gzip file that is cut off or damaged"
        return replace(content, is_gzip=True, seems=cut, advice="fetch it again")
    return replace(content, is_gzip=is_gzip)


def _parquet(path: Path) -> Content:
    with path.open("rb") as stream:
        tables, is_records = _tables_of([pq.read_schema(stream).names])
    kind = f"{tables[0]} that break the contract" if is_records else "something else"
    return Content(
        form="parquet",
        seems=f"Parquet of {kind}",
        advice=COMPARE,
        tables=tables,
        is_records=is_records,
    )


def _lines(head: bytes) -> Content:
    tables, is_records = _tables_of([list(record) for record in _records(head)])
    is_array = _begins_array(head)
    seems, advice = _seems(head.lstrip())
    if is_records and not is_array:
        seems, advice = f"JSON lines of {tables[0]} that break the contract", COMPARE
    return Content(
        seems=seems,
        advice=advice,
        is_foreign=is_array,
        is_json=seems in (OBJECTS, OBJECT),
        tables=tables,
        is_records=is_records and not is_array,
    )


def refusal(name: str, content: Content, count: int = 0, reason: str = "") -> PipelineError:
    """The error of a file, known as `name`, of whose `count` records none was accepted.

    `reason` tells why the first was not; with no count the file was not read at all.
    """
    told = f" {count:,} records came in, and none was accepted ({reason})." if count else ""
    return PipelineError(
        f"{name} holds nothing to load.{told} It seems to be {content.seems}.",
        cause="something else came in its place, or its fields are called otherwise",
        fix=f"{content.advice}, or move it out of the folder, and run again: nothing is loaded",
        faq="nothing-accepted",
    )


def _head(path: Path) -> bytes:
    """The first bytes of a file, as many as hold a line."""
    with path.open("rb") as stream:
        head = stream.read(HEAD)
        packed = head.startswith((GZIP, PARQUET))
        return head if packed or b"\n" in head else head + stream.read(LONGEST_HEAD)


def _unpacked(packed: bytes) -> tuple[bytes, bool]:
    """The first bytes of what a gzip file holds, and whether it ends among them too early."""
    head, is_whole = b"", len(packed) < HEAD
    try:
        while packed.startswith(GZIP) and len(head) < HEAD:
            member = zlib.decompressobj(wbits=31)
            head += member.decompress(packed, LONGEST_HEAD)
            if is_whole and not (member.eof or member.unconsumed_tail):
                return head, True
            packed = member.unused_data.lstrip(b"\0")
    except zlib.error:
        return head, True
    return head, False


def _records(head: bytes) -> list[dict]:
    """The JSON objects among the first lines."""
    found: list[dict] = []
    for line in head.split(b"\n", MOST_RECORDS)[:MOST_RECORDS]:
        try:
            record = json.loads(line.decode())
        except (ValueError, RecursionError):  # the last line may be a part
            continue
        found += [record] if isinstance(record, dict) else []
    return found


def _tables_of(records: Sequence[Iterable[str]]) -> tuple[tuple[str, ...], bool]:
    """`tables` and `is_records` of a Content, of records given as the names of their fields."""

    def is_one(names: Iterable[str], table: Table) -> bool:
        return set(table.required) <= set(names)

    def hits(names: Iterable[str], table: Table) -> int:
        return len(table.fields.keys() & set(names))

    whole = [each for each in records if any(is_one(each, table) for table in TABLES.values())]
    of_whom = whole or records
    sums = {name: sum(hits(each, table) for each in of_whom) for name, table in TABLES.items()}
    tables = tuple(name for name, count in sums.items() if count == max(sums.values()))
    best = [TABLES[name] for name in tables]
    pairs = [(each, table) for each in whole for table in best]
    return tables, any(is_one(*pair) and hits(*pair) >= FEWEST_FIELDS for pair in pairs)


def _begins_array(head: bytes) -> bool:
    """Whether a JSON array of objects begins that goes on in the next line.

    Such a file is refused at once: its last item, alone on a line, would pass for a record.
    """
    start = head.lstrip()
    if not re.match(rb"\[\s*\{", start):
        return False
    with suppress(ValueError, RecursionError):
        json.loads(start.partition(b"\n")[0])
        return False  # a line that is a list by itself
    text = start[1:].decode("utf-8", "replace").lstrip()
    with suppress(ValueError, RecursionError):
        _, end = json.JSONDecoder().raw_decode(text)
        return text[end:].lstrip()[:1] in (",", "]")
    return False


def _seems(start: bytes) -> tuple[str, str]:
    """What text seems to be, and what to do if it should have been records."""
    if not start:
        return "empty", FETCH
    if start.startswith(b"{") and _records(start):
        return OBJECTS, COMPARE
    for pattern, seems, advice in TEXTS:
        if re.match(pattern, start, re.DOTALL):
            return seems, advice
    if b"\0" in start[:1000]:
        every_other = any(not start[at:1000:2].strip(b"\0") for at in (0, 1))
        is_wide = every_other or start.startswith((b"\xff\xfe", b"\xfe\xff"))
        return ("text in UTF-16", "write it in UTF-8") if is_wide else ("binary data", FETCH)
    text = start[:1000].decode("utf-8", "replace")
    if text.startswith("{"):
        return OBJECT, CONVERT
    if text.rstrip("\ufffd").count("\ufffd") > len(text) // 10:
        return "binary data", FETCH
    columns = _csv_columns(text)
    return (f"CSV with the columns {columns}", CONVERT) if columns else ("plain text", FETCH)


def _csv_columns(text: str) -> str:
    """The names in a line of columns; empty where the first line is none."""
    first, _, others = text.partition("\n")
    for sign in ",\t;|":
        names = [name.strip().strip('"') for name in first.split(sign)]
        are_names = all(re.fullmatch(r"[\w.-]+( [\w.-]+){0,2}", name) for name in names)
        goes_on = not others or sign in others.partition("\n")[0]
        if len(names) > 1 and are_names and goes_on:
            return ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
    return ""
