"""Malformed lines mixed into files, read in bulk and line by line: both ways end alike."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

from dlt_pipelines.marketplace.dumps import CATEGORY

from .grounds import at, warehouse
from .trial import Field, Trial
from .view import count_lost, look

LINES_A_TRIAL = 400
ONE_IN = 8  # so many lines is malformed
MARK = b"\xef\xbb\xbf"  # a file that begins with it is judged line by line
NAMES = {"reviews": "r.jsonl", "products": "meta_r.jsonl", "prices": "prices_r.jsonl"}
VALUES = [
    *(b"null", b"true", b"[]", b"{}", b'""', b'" "', b'"5"', b'" 5 "', b'"five"', b"NaN"),
    *(b"0", b"-0", b"-3", b"5", b"5.0", b"5.5", b"05", b"+5", b"5.", b".5", b"1e0", b"1e400"),
    *(b"1700000000000", b"1700000000000.0", b'"1700000000000"', b"17e11", b"1700000000"),
    *(b"9223372036854775808", b"123456789012345678901234567890", b"99999999999999.995"),
    *(b'"\\ud800"', b'"\\u0000"', b'"a\\tb"', b'"\\u0041"', b'"{x}"', b'"[x]"', b'"-x"', b'"\\\\"'),
    *(b'"\xc3\xa9"', b'"\xe2\x80\xa8"', b'"\xff"', b'"t"', b'"yes"', b'"12.99"', b'"from 12.99"'),
    *(b'{"a":{"b":[1,null]}}', b'[[],[1,"x"]]', b"True", b"None", b"'x'"),
]
WHOLE = [
    *(b"", b" ", b"\t", b"\r", b"null", b"1", b'"x"', b"[]", b"{}", b"}", b"{", b"#", b"//"),
    *(b"\x00\x00", b"\x0c", b"\x0b", b"\xc2\xa0", b"\xff\xfe", b"[{}]", b'{"a": 1}', b"<html>"),
]


def mix_in_malformed_lines(field: Field, number: int) -> Trial:
    """A file with malformed lines, loaded twice in each of two ways; the others are all there."""
    table = ("reviews", "reviews", "products", "prices")[number % 4]
    state = field.state(number)
    plain = _records(field, table)
    mixed, touched = mix(plain, field.draw)
    trial = Trial("fuzz", f"{table}, {len(touched)} of {len(mixed)} lines malformed")
    content = field.draw.choice((b"\n", b"\n", b"\r\n")).join(mixed)
    content += field.draw.choice((b"\n", b"\n", b"", b"\n\n"))
    alone = b"\n".join(line for place, line in enumerate(plain) if place not in touched)
    for way, text in {"bulk": content, "lines": MARK + content, "untouched": alone}.items():
        path = state / way / NAMES[table]
        path.parent.mkdir(parents=True)
        path.write_bytes(text)
    compare_ways(trial, state)
    trial.unclear = trial.unclear or _load(state / "untouched", state / "state-untouched")
    lost = count_lost(table, *(warehouse(state / f"state-{way}") for way in ("untouched", "bulk")))
    if lost:
        trial.differences.append(f"{lost} untouched records were lost")
    return trial


def compare_ways(trial: Trial, state: Path) -> None:
    """Load the folders `bulk` and `lines` of a state, each twice into a target of its own."""
    views = {}
    for way in ("bulk", "lines"):
        place = state / f"state-{way}"
        for time in ("first", "second"):
            error = _load(state / way, place)
            if error:
                trial.unclear = f"{way}, {time}: {error}"
            view = look(warehouse(place))
            trial.breaches.append(view.breaches)
            before = views.setdefault(way, view)
            changed = [f"{way}: a second run changes {name}" for name in view.differs(before)]
            trial.differences += changed
    bulk, lines = views["bulk"], views["lines"]
    trial.differences += [f"{name} differs by way" for name in bulk.differs(lines)]
    if bulk.rows_in != lines.rows_in:
        trial.differences.append(f"{bulk.rows_in} or {lines.rows_in} records came in")


def _load(folder: Path, place: Path) -> str:
    """Load a folder in this process; gives what was wrong, where the load did not go through."""
    from dlt_pipelines import amazon_products_pipeline as pipeline
    from dlt_pipelines.errors import PipelineError

    with at(place):
        try:
            pipeline.run(source="files", path=folder, target="t")
        except PipelineError as error:
            return f"refused: {error.what}"
        except Exception as error:
            return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
    return ""


def _records(field: Field, table: str) -> list[bytes]:
    """Good and bad lines as the marketplace writes them, some of one place in its files."""
    whole = NAMES[table].replace("r.jsonl", f"{CATEGORY}.jsonl")
    name = "r0.jsonl" if table == "reviews" else whole
    lines = (field.grounds.files("first") / name).read_bytes().splitlines()
    start = field.draw.randrange(max(1, len(lines) - LINES_A_TRIAL))
    return lines[start : start + LINES_A_TRIAL]


def mix(lines: list[bytes], draw: random.Random) -> tuple[list[bytes], list[int]]:
    """The lines, some of them malformed; and the places of those."""
    made, touched = [], []
    for number, line in enumerate(lines):
        if draw.randrange(ONE_IN) == 0:
            way = draw.choice(WAYS)
            line = way(line, draw, lines).replace(b"\n", b" ")
            touched.append(number)
        made.append(line)
    return made, touched


# Ways to spoil a line: each takes the line, what chance draws, and the other lines.


def _cut(line: bytes, draw: random.Random, lines: list[bytes]) -> bytes:
    at = draw.randrange(1, max(2, len(line)))
    return line[:at] if draw.random() < 0.5 else line[at:]


def _flipped(line: bytes, draw: random.Random, lines: list[bytes]) -> bytes:
    spoilt = bytearray(line)
    for _ in range(draw.choice((1, 1, 3))):
        spoilt[draw.randrange(len(spoilt))] ^= 1 << draw.randrange(8)
    return bytes(spoilt)


def _other_value(line: bytes, draw: random.Random, lines: list[bytes]) -> bytes:
    return _with_field(line, draw, lambda name: name, draw.choice(VALUES))


def _other_name(line: bytes, draw: random.Random, lines: list[bytes]) -> bytes:
    changes = (str.upper, str.title, lambda name: f"{name} ", lambda name: name[:-1])
    return _with_field(line, draw, draw.choice(changes), None)


def _with_field(
    line: bytes,
    draw: random.Random,
    rename: Callable[[str], str],
    value: bytes | None,
) -> bytes:
    record = _record(line)
    if not record:
        return draw.choice(WHOLE)
    name = draw.choice(list(record))
    members = [
        json.dumps(rename(key) if key == name else key).encode()
        + b": "
        + (value if key == name and value is not None else json.dumps(each).encode())
        for key, each in record.items()
    ]
    return b"{" + b", ".join(members) + b"}"


def _more_fields(line: bytes, draw: random.Random, lines: list[bytes]) -> bytes:
    odd = ("extra", "Rating", "rating", "", "a b", 'a"b', "é", "user_id", "_dlt_id", "line", "$")
    name = json.dumps(draw.choice(odd), ensure_ascii=draw.random() < 0.5).encode()
    return line[:-1] + b", " + name + b": " + draw.choice(VALUES) + b"}"


def _in_other_order(line: bytes, draw: random.Random, lines: list[bytes]) -> bytes:
    record = _record(line) or {}
    names = draw.sample(list(record), len(record))
    return json.dumps({name: record[name] for name in names}).encode()


def _without_field(line: bytes, draw: random.Random, lines: list[bytes]) -> bytes:
    record = _record(line) or {"": 0}
    record.pop(draw.choice(list(record)))
    return json.dumps(record, separators=draw.choice(((",", ":"), (", ", ": ")))).encode()


def _of_other_key(line: bytes, draw: random.Random, lines: list[bytes]) -> bytes:
    """An edit: the key of another line, perhaps written in another way."""
    record, other = _record(line) or {}, _record(draw.choice(lines)) or {}
    for name in ("user_id", "asin", "parent_asin", "timestamp"):
        if name in record and name in other:
            record[name] = other[name]
    if isinstance(record.get("timestamp"), int) and draw.random() < 0.4:
        record["timestamp"] = draw.choice((float, str))(record["timestamp"])
    return json.dumps(record).encode()


def _with_white(line: bytes, draw: random.Random, lines: list[bytes]) -> bytes:
    white = draw.choice((b" ", b"\t", b"\r", b"\x0b", b"\x0c", b"\x00", MARK, b"\xc2\xa0"))
    return draw.choice((white + line, line + white, line.replace(b": ", b":" + white, 2)))


def _with_bytes(line: bytes, draw: random.Random, lines: list[bytes]) -> bytes:
    odd = (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\\u00g0", b"\\ud800", b"\\x41", b"\x01", b'"')
    at = draw.randrange(len(line))
    return line[:at] + draw.choice(odd) + line[at:]


def _nested(line: bytes, draw: random.Random, lines: list[bytes]) -> bytes:
    deep = draw.choice((10, 200, 800))
    return _with_field(line, draw, lambda name: name, b"[" * deep + b"]" * deep)


def _twice(line: bytes, draw: random.Random, lines: list[bytes]) -> bytes:
    return draw.choice((line + line, line + b", " + line, b"[" + line + b"]", line + b" x"))


def _whole(line: bytes, draw: random.Random, lines: list[bytes]) -> bytes:
    return draw.choice(WHOLE)


def _record(line: bytes) -> dict | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


WAYS = (
    *(_other_value, _other_value, _other_value, _flipped, _flipped, _cut, _other_name),
    *(_more_fields, _more_fields, _in_other_order, _without_field, _of_other_key, _of_other_key),
    *(_with_white, _with_bytes, _nested, _twice, _whole, _whole),
)
