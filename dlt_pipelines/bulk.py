"""The fast way from files to the warehouse: look at every record once, read most of them straight into the raw table.

1. `_index` reads each record as its fields and their texts, and keeps a few bytes: a hash of its key, whether it must be judged.
2. `_single_out` picks the lines that must be judged one by one (landing.py): what breaks the contract or the expected form, and
   every record whose key comes twice or is in the warehouse already. Their count of lines must equal the count of records.
   Which keys those are is told by a Bloom filter: it never misses one, and the few that it names for nothing are judged too.
3. `direct_sql` is the statement by which DuckDB reads all others straight into the warehouse, inside dlt's load package.

A file of which this cannot be done without doubt (a byte-order mark, a cut-off gzip, one key twice in a record, lines that the
two readers count differently, Parquet of other types) is judged line by line as a whole. Slower, with the same result.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dlt_pipelines import landing as landing_area
from dlt_pipelines.files import File, Picked, picked_lines, read_lines, sample_lines, unzip
from dlt_pipelines.progress import step
from dlt_pipelines.records import DUCKDB_TYPES, EARLIEST_TIMESTAMP, Table, text, value_sql, window_sql

MOST_EXTRAS = 20
MOST_FORMS = 4
SAMPLED_PLACES = 32  # in all files of a table
# A longer line is not read by DuckDB's JSON reader; its file is judged line by line.
LONGEST_LINE = 4 << 20
PLAIN_TYPES = {
    "text": ("VARCHAR",),
    "number": ("DOUBLE", "BIGINT", "INTEGER"),
    "count": ("BIGINT", "INTEGER"),
    "flag": ("BOOLEAN",),
}


class BloomFilter:
    """A set of 64-bit hashes that takes a megabyte at most: it may hold one more than was added, never one less."""

    def __init__(self, expected: int) -> None:
        size = 1 << 16
        while size < 64 * expected and size < 1 << 23:  # DuckDB copies it for every two thousand rows that it reads
            size *= 2
        self.bits = np.zeros(size, bool)

    def add(self, hashes: np.ndarray) -> bool:
        """Add hashes; False if all of them were in it already."""
        before = np.count_nonzero(self.bits)
        for places in self._places(hashes):
            self.bits[places] = True
        return np.count_nonzero(self.bits) > before

    def holds(self, hashes: np.ndarray) -> np.ndarray:
        """For each hash, whether it is in the set."""
        first, second = self._places(hashes)
        return self.bits[first] & self.bits[second]

    def _places(self, hashes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        size = np.uint64(len(self.bits))
        return hashes % size, (hashes >> np.uint64(32)) % size

    def save(self, path: Path) -> None:
        pq.write_table(pa.table({"bits": pa.array([np.packbits(self.bits).tobytes()], pa.binary())}), path)

    def sql(self, path: Path) -> str:
        """SQL of a relation of one row (bits) from the saved file."""
        return f"(select any_value(bits::bit) as bits from read_parquet({text(path)}))"

    def holds_sql(self, hash_sql: str) -> str:
        """SQL of the same as `holds`, beside the relation of `sql`."""
        size = len(self.bits)
        return f"get_bit(bits, ({hash_sql} % {size})::int) = 1 and get_bit(bits, (({hash_sql} >> 32) % {size})::int) = 1"


@dataclass
class Bulk:
    """What is known of the files of one table: which are read straight, by which fields, and how many records they hold."""

    table: Table
    since_ms: int | None
    until_ms: int | None
    straight: dict[int, File] = field(default_factory=dict)  # by source_no
    extras: list[str] = field(default_factory=list)  # fields of JSON lines beyond the contract
    forms: list[tuple[str, ...]] = field(default_factory=list)  # the fields of most JSON lines, in order; at most one is an extra
    parquet: dict[tuple, list[int]] = field(default_factory=dict)  # columns (name, type) to the source_no of the files that have them
    has_odd_keys: bool = False  # whole numbers of the identity are somewhere written otherwise: 1.5, "12"
    as_text: set[str] = field(default_factory=set)  # numbers and flags that somewhere come as text
    special: BloomFilter = field(default_factory=lambda: BloomFilter(0))  # the keys of all records that are judged one by one

    @property
    def index(self) -> str:
        return f"{self.table.name}_index"


def take(
    landing: duckdb.DuckDBPyConnection, table: Table, files: list[File], folder: Path, warehouse: Path | None,
    since_ms: int | None, until_ms: int | None,
) -> Bulk:  # fmt: skip
    """Index the table's files, and land what must be judged; `folder` takes what has to be unzipped.

    Afterwards the landing file holds
    `<table>`: landed records, see landing.py;
    `<table>_index` (h, judge, outside, as_text, odd_key): one row a record that was not landed as part of a whole file;
    `<table>_direct` (source_no, source, rows): by file, the number of records that `direct_sql` reads.
    """
    bulk = Bulk(table, since_ms, until_ms)
    columns = "h ubigint, judge boolean, outside boolean, as_text utinyint, odd_key boolean"
    landing.execute(f"create or replace table {bulk.index} ({columns})")
    landing.execute(f"create or replace table {table.name}_direct (source_no integer, source varchar, rows bigint)")
    _land(landing, bulk, read_lines([]))  # so that the table is there
    first_rows: dict[int, tuple[int, int]] = {}
    plain = _unzipped(files, folder)
    record_bytes = _look_around(bulk, plain)
    sizes = [file.path.stat().st_size if file else 0 for file in plain]
    at = 0
    landing.execute("set preserve_insertion_order = true")  # a record's place in the index tells its place in the file
    with step(
        f"{table.name} looked at", sum(sizes) / record_bytes, lambda: (sum(sizes[:at]) + sizes[at] * _share_done(landing)) / record_bytes
    ):
        for at, (file, original) in enumerate(zip(plain, files, strict=True)):
            first = _count(landing, bulk.index)
            if file is not None and _index(landing, bulk, at, file):
                first_rows[at] = (first, _count(landing, bulk.index) - first)
                bulk.straight[at] = file
            else:
                _land(landing, bulk, read_lines([original], at))
    _find_special(landing, bulk, warehouse)
    _single_out(landing, bulk, files, first_rows)
    landing.execute("set preserve_insertion_order = false")
    return bulk


def _land(landing: duckdb.DuckDBPyConnection, bulk: Bulk, lines) -> None:
    landing_area.land(landing, bulk.table, lines, since_ms=bulk.since_ms, until_ms=bulk.until_ms)


def _count(landing: duckdb.DuckDBPyConnection, table: str) -> int:
    return landing.execute(f"select count(*) from {table}").fetchone()[0]


def _unzipped(files: list[File], folder: Path) -> list[File | None]:
    """The files, with what was zipped unzipped in `folder`: unzipped once, it is read in parallel. None: cannot be read straight."""

    def prepare(numbered: tuple[int, File]) -> File | None:
        number, file = numbered
        if file.is_parquet:
            return file
        if file.path.name.lower().endswith(".gz"):
            path = folder / f"{file.table}-{number}.jsonl"
            if not unzip(file.path, path):
                return None
            file = replace(file, path=path)
        with file.path.open("rb") as stream:
            return None if stream.read(3) == b"\xef\xbb\xbf" else file

    with step("files unzipped"), ThreadPoolExecutor(2) as pool:
        return list(pool.map(prepare, enumerate(files)))


def _share_done(landing: duckdb.DuckDBPyConnection) -> float:
    return max(landing.query_progress(), 0) / 100


def _look_around(bulk: Bulk, files: list[File | None]) -> float:
    """Find extras and forms in a sample of the JSON lines, and return the bytes of a record in the mean.

    What is missed costs time, nothing else.
    """
    table, forms, seen = bulk.table, Counter(), [1]
    readable = [file for file in files if file is not None and not file.is_parquet]
    for file in readable:
        for line in sample_lines(file.path, places=max(SAMPLED_PLACES // len(readable), 4)):
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict):
                forms[tuple(record)] += 1
                seen.append(len(line))
    taken = {name.lower() for name in table.columns()} | {name.lower() for name in table.fields}
    for name in dict.fromkeys(name for form in forms for name in form):  # DuckDB does not tell column names apart by case
        if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) and name.lower() not in taken and len(bulk.extras) < MOST_EXTRAS:
            taken.add(name.lower())
            bulk.extras.append(name)
    for form, _ in forms.most_common(MOST_FORMS):
        beyond = [name for name in form if name not in table.fields]
        if len(beyond) <= 1 and set(beyond) <= set(bulk.extras):
            bulk.forms.append(form)
    return sum(seen) / len(seen)


def _read_json(paths: list[Path], columns: dict[str, str], records: str = "records = true") -> str:
    shape = ", ".join(f'"{name}": {text(kind)}' for name, kind in columns.items())
    files = ", ".join(text(path) for path in paths)
    options = (
        f"format = 'newline_delimited', ignore_errors = true, compression = 'uncompressed', maximum_object_size = {LONGEST_LINE}, {records}"
    )
    return f"read_json([{files}], columns = {{{shape}}}, {options})"


def _whole_number_sql(field: str) -> str:
    """SQL: a JSON text is a whole number, written as one; null where there is none."""
    is_whole = f"try_cast({field} as bigint) is not null or {field} is null"
    return f"(not starts_with({field}, '\"') and not contains({field}, '.') and ({is_whole}))"


def _hash_sql(table: Table) -> str:
    """SQL of the hash of a record's identity, from typed fields. Equal hashes are looked at, never trusted."""
    return f"hash({', '.join(table.identity())})"


def _clean_sql(table: Table, now_ms: int) -> str:
    """SQL: a record keeps the contract for certain, `is_odd` apart. `j` has text that is required, and all other fields as JSON text.

    Cheaper than the reasons of records.py, and stricter: what fails here is judged by them. The identity must be plain.
    """
    tests = []
    for name, kind in table.fields.items():
        field, required = f"j.{name}::varchar", name in table.required  # a cast from JSON would parse it once more, by other rules
        if kind == "count" and name in table.identity():
            tests.append(_whole_number_sql(field))
        elif kind in PLAIN_TYPES and kind != "text":
            value = value_sql(name, kind).removesuffix(f" as {name}")
            # What most records hold; `case` looks at the rest only where that fails, `or` would look at both. No `in` with a
            # list: DuckDB makes a join of it, and after a join the records are not in order.
            plain = {
                "count": f"length({field}) < 3 and {field} between '0' and '99'",
                "flag": f"{field} in ('true', 'false')",
                "number": f"length({field}) = 3 and ends_with({field}, '.0') and {field} between '1' and '6'",
            }[kind]
            if name == "rating":
                value = f"nullif(try_cast(trim({field}, '\"') as double) between 1 and 5, false)"
            branches = "" if required else f"when {field} is null then true "
            branches += f"when {plain} then true "
            branches += f"""when regexp_full_match({field}, '"?[0-9]{{1,18}}"?') then true """ if kind == "count" else ""
            tests.append(f"case {branches}else ({value}) is not null end")
    if table.event_time:
        tests.append(f"try_cast(j.{table.event_time}::varchar as bigint) between {EARLIEST_TIMESTAMP} and {now_ms}")
    return f"coalesce({' and '.join(tests)}, false)"


# The index


def _index(landing: duckdb.DuckDBPyConnection, bulk: Bulk, source_no: int, file: File) -> bool:
    """Add a file's records to the index; False, and nothing added, if the file cannot be read straight."""
    table, now_ms = bulk.table, int(datetime.now(UTC).timestamp() * 1000)
    columns = _parquet_columns(landing, file) if file.is_parquet else ()
    source = _parquet_fields_sql(bulk, file, columns) if columns else _json_fields_sql(bulk, file)
    if source is None:
        return False
    identity = ", ".join(f"j.{n}" if table.fields[n] == "text" else f"try_cast(j.{n}::varchar as bigint)" for n in table.identity())
    asked_for = window_sql(table, f"try_cast(j.{table.event_time}::varchar as bigint)", bulk.since_ms, bulk.until_ms)
    as_text = [f"""case when starts_with(j.{name}, '"') then {1 << bit} else 0 end""" for bit, name in enumerate(table.typed())]
    odd_keys = [
        f"coalesce(not {_whole_number_sql(f'j.{name}::varchar')}, false)" for name in table.identity() if table.fields[name] == "count"
    ]
    try:
        landing.execute(f"""
            insert into {bulk.index}
            select hash({identity}), j.is_odd or not {_clean_sql(table, now_ms)}, not coalesce({asked_for}, true),
                ({" + ".join(as_text) or "0"})::utinyint, {" or ".join(odd_keys) or "false"}
            from {source} as j
        """)
    except duckdb.InvalidInputException:  # one field twice in a record, or a line too long
        return False
    if columns:
        bulk.parquet.setdefault(columns, []).append(source_no)
    return True


def _json_fields_sql(bulk: Bulk, file: File) -> str:
    """SQL of what `_clean_sql` wants to know of a file of JSON lines, and `is_odd`: whether a record has fields that need judging.

    Those are fields of which nothing is known, more than one beyond the contract, or one that is null, and required text that is not plain.
    """
    table, raw, fields, plain = bulk.table, [], [], []
    for name, kind in table.fields.items():
        if kind == "text" and name in table.required:
            # Plain: it begins with a letter, a digit or what stands near them in ASCII, but with no bracket, and nothing is escaped.
            begin = f"""(v.{name} >= '"-' and v.{name} < '"[' or v.{name} >= '"^' and v.{name} < '"{{')"""
            plain.append(f"{begin} and not contains(v.{name}, '\\')")
            decoded = f"""json_transform(v.{name}::json, '"VARCHAR"')"""  # as `direct_sql` will read it
            fields.append(f"case when {plain[-1]} then substring(v.{name}, 2, length(v.{name}) - 2) else {decoded} end as {name}")
        elif kind in PLAIN_TYPES and kind != "text":
            fields.append(f"v.{name}")
        else:
            continue
        raw.append(f"m[{text(name)}]::varchar as {name}")
    known = " + ".join(f"map_contains(m, {text(name)})::int" for name in table.fields)
    beyond = " + ".join(f"(m[{text(name)}] is not null)::int" for name in bulk.extras) or "0"
    of_a_form = "when m is null then true "
    for form in bulk.forms:
        extra = "".join(f" and m[{text(name)}] is not null" for name in form if name in bulk.extras)
        of_a_form += f"when map_keys(m) = [{', '.join(map(text, form))}]{extra} then false "
    raw.append(f"case {of_a_form}else cardinality(m) <> {known} + {beyond} or {beyond} > 1 end as has_others")
    records = _read_json([file.path], {"m": "MAP(VARCHAR, JSON)"}, "records = false")
    is_odd = f"coalesce(v.has_others or not ({' and '.join(plain)}), true) as is_odd"
    return f"(select {', '.join(fields)}, {is_odd} from (select {', '.join(raw)} from {records}) as v)"


def _parquet_columns(landing: duckdb.DuckDBPyConnection, file: File) -> tuple[tuple[str, str], ...]:
    described = landing.execute(f"describe select * from read_parquet({text(file.path)})").fetchall()
    return tuple((name, kind) for name, kind, *_ in described)


def _parquet_fields_sql(bulk: Bulk, file: File, columns: tuple[tuple[str, str], ...]) -> str | None:
    """SQL of a Parquet file's fields as `_clean_sql` wants them, or None if the columns are not of the types that are expected."""
    kinds, fields, plain = dict(columns), [], []
    if len({name.lower() for name in kinds}) < len(kinds) or {n.lower() for n in kinds} & set(bulk.table.fields) - set(kinds):
        return None
    for name, kind in bulk.table.fields.items():
        if name in kinds and kinds[name] not in PLAIN_TYPES.get(kind, (kinds[name],)):
            return None
        if kind in PLAIN_TYPES:
            fields.append(f"p.{name}::varchar as {name}" if name in kinds else f"null::varchar as {name}")
        if name in bulk.table.required and kind == "text":
            plain.append(f"p.{name} <> '' and left(p.{name}, 1) not in ('{{', '[')" if name in kinds else "false")
    is_odd = f"not coalesce({' and '.join(plain)}, false) as is_odd"
    return f"(select {', '.join(fields)}, {is_odd} from read_parquet({text(file.path)}) as p)"


# What must be judged


def _find_special(landing: duckdb.DuckDBPyConnection, bulk: Bulk, warehouse: Path | None) -> None:
    """Fill `special`: keys of records to be judged, that come twice, that were landed already, or that the warehouse has."""
    found = [
        _hashes(landing, f"select h from {bulk.index} group by h having count(*) > 1 or bool_or(judge)"),
        _hashes(landing, f"select {_hash_sql(bulk.table)} as h from {bulk.table.name}"),
    ]
    with landing_area.attached(landing, bulk.table.name, warehouse) as known:
        if known:
            found.append(
                _hashes(landing, f"select h from {bulk.index} semi join (select {_hash_sql(bulk.table)} as h from {known}) using (h)")
            )
    bulk.special = BloomFilter(sum(map(len, found)))
    bulk.special.add(np.concatenate(found))


def _hashes(landing: duckdb.DuckDBPyConnection, sql: str) -> np.ndarray:
    return landing.execute(sql).fetchnumpy()["h"].astype(np.uint64)


def _single_out(landing: duckdb.DuckDBPyConnection, bulk: Bulk, files: list[File], first_rows: dict[int, tuple[int, int]]) -> None:
    """Land the lines of special records, and count those that remain. A file whose lines do not count up is landed whole."""
    name = bulk.table.name
    landed = np.array([], np.int64)
    counted = False
    while True:
        special = _special_rows(landing, bulk)
        rows = np.setdiff1d(special, landed, assume_unique=True)
        picked = []
        for source_no, file in bulk.straight.items():
            first, count = first_rows[source_no]
            wanted = rows[(rows >= first) & (rows < first + count)] - first
            if len(wanted) or not counted:
                picked.append(Picked(files[source_no], file.path, wanted, source_no))
        total = sum(first_rows[each.source_no][1] for each in picked)
        if picked:
            with step(f"{name} judged one by one", total, lambda picked=picked: sum(each.counted for each in picked)):
                _land(landing, bulk, picked_lines(picked))
        for each in picked:
            if each.counted != first_rows[each.source_no][1]:
                del bulk.straight[each.source_no]
                landing.execute(f"delete from {name} where seq >> 40 = {each.source_no}")
                _land(landing, bulk, read_lines([each.file], each.source_no))
        landed, counted = special, True
        # A key may be written in two ways, or judged differently than it was indexed: then its other records are special too.
        if not bulk.special.add(_hashes(landing, f"select {_hash_sql(bulk.table)} as h from {name}")):
            break
    outside = landing.execute(f"select rowid as row from {bulk.index} where outside").fetchnumpy()["row"]
    left = np.union1d(landed, outside)
    for source_no, file in bulk.straight.items():
        first, count = first_rows[source_no]
        rows = count - int(np.count_nonzero((left >= first) & (left < first + count)))
        landing.execute(f"insert into {name}_direct values (?, ?, ?)", [source_no, file.name, rows])
    mask, bulk.has_odd_keys = landing.execute(
        f"select coalesce(bit_or(as_text), 0), coalesce(bool_or(odd_key), false) from {bulk.index}"
    ).fetchone()
    bulk.as_text = {field for bit, field in enumerate(bulk.table.typed()) if mask >> bit & 1}


def _special_rows(landing: duckdb.DuckDBPyConnection, bulk: Bulk) -> np.ndarray:
    """The places in the index, sorted, of all records whose keys are special."""
    found = [np.array([], np.int64)]
    first = 0
    for batch in landing.execute(f"select h from {bulk.index}").to_arrow_reader(1_000_000):
        hashes = batch.column("h").to_numpy(zero_copy_only=False)
        found.append(np.flatnonzero(bulk.special.holds(hashes)) + first)
        first += len(hashes)
    return np.concatenate(found)


# The rest


def direct_rows(landing: duckdb.DuckDBPyConnection, bulk: Bulk) -> int:
    """How many records `direct_sql` reads."""
    return landing.execute(f"select coalesce(sum(rows), 0)::bigint from {bulk.table.name}_direct").fetchone()[0]


def direct_sql(landing: duckdb.DuckDBPyConnection, bulk: Bulk, folder: Path) -> list[str]:
    """Statements that read what need not be judged, as rows of the table's columns; one for each form that the files have.

    They stand alone: the keys to leave out are written to a file in `folder`.
    """
    special = folder / f"{bulk.table.name}_special.parquet"
    bulk.special.save(special)
    by_form: list[tuple[str, str]] = []
    json_lines = [file.path for file in bulk.straight.values() if not file.is_parquet]
    if json_lines:
        by_form.append(_json_rows_sql(bulk, json_lines))
    for columns, numbers in bulk.parquet.items():
        paths = [bulk.straight[number].path for number in numbers if number in bulk.straight]
        if paths:
            by_form.append(_parquet_rows_sql(bulk, paths, columns))
    return [_statement(bulk, columns, source, special) for columns, source in by_form]


def _statement(bulk: Bulk, columns: str, source: str, special: Path) -> str:
    table = bulk.table
    key = f"{table.derived} as {table.key[0]}, " if table.derived else ""
    names = ", ".join(f'"{name}"' for name in table.columns() if not (table.derived and name == table.key[0]))
    # Not a join on the hashes: after a join DuckDB writes with one core, and it takes the files for small and holds them in memory.
    return f"""
        select {key}{names} from (select {columns} from {source} as j) as r, {bulk.special.sql(special)} as special
        where {window_sql(table, f"r.{table.event_time}", bulk.since_ms, bulk.until_ms)}
            and not ({bulk.special.holds_sql(_hash_sql(table))})"""


def _json_rows_sql(bulk: Bulk, paths: list[Path]) -> tuple[str, str]:
    table, identity = bulk.table, bulk.table.identity()
    read, columns = {}, []
    for name, kind in table.fields.items():
        if kind == "count" and name in identity and bulk.has_odd_keys:
            read[name] = "JSON"  # as it was indexed; read as BIGINT, 1.5 would be 2
            columns.append(f"try_cast(j.{name}::varchar as bigint) as {name}")
        elif kind in PLAIN_TYPES and (name not in bulk.as_text or name in identity):
            read[name] = DUCKDB_TYPES[kind]
            columns.append(f"j.{name}")
        elif kind in PLAIN_TYPES:
            read[name] = "JSON"
            value = value_sql(name, kind).removesuffix(f" as {name}")
            plain = f"try_cast(j.{name}::varchar as {DUCKDB_TYPES[kind]})"
            columns.append(f"""case when starts_with(j.{name}, '"') then {value} else {plain} end as {name}""")
        else:
            read[name] = "JSON"
            columns.append(value_sql(name, kind))
    read |= dict.fromkeys(bulk.extras, "JSON")
    texts = sorted(bulk.as_text - set(identity), key=list(table.fields).index)
    parts = [f"""case when j."{name}" is not null then {text(json.dumps(name) + ":")} || j."{name}" end""" for name in bulk.extras]
    parts += [f"""case when starts_with(j.{name}, '"') then {text(json.dumps(name) + ":")} || j.{name} end""" for name in texts]
    if parts:
        joined = f"concat_ws(',', {', '.join(parts)})"
        columns.append(f"case when {joined} <> '' then ('{{' || {joined} || '}}')::json end as other_fields")
    else:
        columns.append("null::json as other_fields")
    return ", ".join(columns), _read_json(paths, read)


def _parquet_rows_sql(bulk: Bulk, paths: list[Path], types: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    table, kinds = bulk.table, dict(types)
    fields, columns = [], []
    for name, kind in table.fields.items():
        if kind in PLAIN_TYPES:
            fields.append((f"p.{name}::{DUCKDB_TYPES[kind]}" if name in kinds else f"null::{DUCKDB_TYPES[kind]}") + f" as {name}")
            columns.append(f"j.{name}")
        else:
            whole = f"case when p.{name} is not null then to_json(p.{name})::varchar end" if name in kinds else "null::varchar"
            fields.append(f"{whole} as {name}")
            columns.append(value_sql(name, kind))
    beyond = [name for name in kinds if name not in table.fields]
    packed = ", ".join(f'"{name}": p."{name}"' for name in beyond)
    fields.append(f"to_json({{{packed}}}) as other_fields" if beyond else "null::json as other_fields")
    columns.append("j.other_fields")
    files = ", ".join(text(path) for path in paths)
    return ", ".join(columns), f"(select {', '.join(fields)} from read_parquet([{files}]) as p)"
