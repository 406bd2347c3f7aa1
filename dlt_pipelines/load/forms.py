"""The two forms in which DuckDB reads files straight, each with the same two questions answered.

`looked_at(path)` is SQL of a file's records for the index: the fields that `certainly_good_sql`
tests, required text as text and all others as JSON text, and `is_odd`: whether the record has to be
judged one by one whatever its values are. `rows(paths)` is SQL of the same records as rows: the
columns of the raw table, but for a derived key, and what to read them from.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from dlt_pipelines.load.contract import DUCKDB_TYPES, TYPED, Table, identifier, text, value_columns

MOST_EXTRAS = 20
MOST_ORDERS = 4
# A longer line is not read by DuckDB's JSON reader; its file is judged line by line.
LONGEST_LINE = 4 << 20
PLAIN_TYPES = {
    "text": ("VARCHAR",),
    "number": ("DOUBLE", "BIGINT", "INTEGER"),
    "count": ("BIGINT", "INTEGER"),
    "flag": ("BOOLEAN",),
}


@dataclass
class JsonLines:
    """All plain JSON lines of a table. A sample (`learn`) makes reading quicker, nothing else."""

    table: Table
    extras: list[str] = field(default_factory=list)  # fields beyond the contract
    # the fields of most records, in order; at most one is an extra
    orders: list[tuple[str, ...]] = field(default_factory=list)
    # What the index has found, in any file: numbers and flags that come as text, whole numbers of
    # the identity written otherwise
    as_text: set[str] = field(default_factory=set)
    has_odd_keys: bool = False

    def learn(self, sample: list[bytes]) -> None:
        """Note extras and orders of the fields in some lines; what is no record is passed over."""
        orders: Counter[tuple[str, ...]] = Counter()
        for line in sample:
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(record, dict):
                orders[tuple(record)] += 1
        # DuckDB does not tell column names apart by case
        taken = {name.lower() for name in (*self.table.columns(), *self.table.fields)}
        for name in dict.fromkeys(name for order in orders for name in order):
            is_name = re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII)
            if is_name and name.lower() not in taken and len(self.extras) < MOST_EXTRAS:
                taken.add(name.lower())
                self.extras.append(name)
        for order, _ in orders.most_common(MOST_ORDERS):
            beyond = [name for name in order if name not in self.table.fields]
            if len(beyond) <= 1 and set(beyond) <= set(self.extras):
                self.orders.append(order)

    def looked_at(self, path: Path) -> str:
        """See above.

        Odd: a field of which nothing is known, more than one extra or one that is null, required
        text not plain.
        """
        required_texts = [name for name in self.table.required if self.table.fields[name] == "text"]
        tested = self.table.tested()
        fields = [
            f"text_of(v.{name}) as {name}" if name in required_texts else f"v.{name}"
            for name in tested
        ]
        raw = [f"m[{text(name)}]::varchar as {name}" for name in tested] + [
            f"{self._has_others()} as has_others"
        ]
        plain = " and ".join(f"is_plain_text(v.{name})" for name in required_texts)
        records = _read_json([path], {"m": "MAP(VARCHAR, JSON)"}, "records = false")
        return f"""(select {", ".join(fields)},
                coalesce(v.has_others or not ({plain}), true) as is_odd
            from (select {", ".join(raw)} from {records}) as v)"""

    def _has_others(self) -> str:
        """SQL: a record, as the map `m`, has fields that need judging.

        Most are in one of the orders, which is told at once.
        """
        known = " + ".join(f"map_contains(m, {text(name)})::int" for name in self.table.fields)
        beyond = " + ".join(f"(m[{text(name)}] is not null)::int" for name in self.extras) or "0"
        ordered = "when m is null then true "
        for order in self.orders:
            extra = "".join(
                f" and m[{text(name)}] is not null" for name in order if name in self.extras
            )
            ordered += f"when map_keys(m) = [{', '.join(map(text, order))}]{extra} then false "
        return f"case {ordered}else cardinality(m) <> {known} + {beyond} or {beyond} > 1 end"

    def rows(self, paths: list[Path]) -> tuple[str, str]:
        """See above."""
        fields = [self._read(name, kind) for name, kind in self.table.fields.items()]
        members = [f"member({text(name)}, j.{identifier(name)})" for name in self.extras]
        members += [
            f"member({text(name)}, case when comes_as_text(j.{name}) then j.{name} end)"
            for name in self.table.typed()
            if name in self.as_text and name not in self.table.identity()
        ]
        others = f"object_of(concat_ws(',', {', '.join(members)}))" if members else "null::json"
        columns = [column for _, of_field in fields for column in of_field] + [
            f"{others} as other_fields"
        ]
        types = dict(zip(self.table.fields, (kind for kind, _ in fields), strict=True))
        return ", ".join(columns), _read_json(paths, types | dict.fromkeys(self.extras, "JSON"))

    def _read(self, name: str, kind: str) -> tuple[str, list[str]]:
        """The type as which the reader gives a field, and SQL of its columns."""
        is_key = name in self.table.identity()
        if kind == "count" and is_key and self.has_odd_keys:
            # as it was indexed; read as BIGINT, 1.5 would be 2
            return "JSON", [f"try_cast(j.{name}::varchar as bigint) as {name}"]
        if kind == "text" or (kind in TYPED and (is_key or name not in self.as_text)):
            return DUCKDB_TYPES[kind], [f"j.{name}"]
        if kind in TYPED:
            return "JSON", [f"read_plain_{kind}(j.{name}) as {name}"]
        return "JSON", value_columns(name, kind)


@dataclass(frozen=True)
class Parquet:
    """The Parquet files of a table that have the same columns, of the types that are expected."""

    table: Table
    columns: tuple[tuple[str, str], ...]  # name, DuckDB type

    def looked_at(self, path: Path) -> str:
        """See above. Odd: required text that is missing, empty, or like an object or a list."""
        kinds, fields, plain = dict(self.columns), [], []
        for name, kind in self.table.fields.items():
            if name in self.table.tested():
                as_text = f"p.{name}::varchar" if kind in PLAIN_TYPES else _as_json(name)
                fields.append(f"{as_text if name in kinds else 'null::varchar'} as {name}")
            if name in self.table.required and kind == "text":
                plain.append(
                    f"p.{name} <> '' and not is_no_text(p.{name})" if name in kinds else "false"
                )
        is_odd = f"not coalesce({' and '.join(plain)}, false) as is_odd"
        return f"(select {', '.join(fields)}, {is_odd} from {_read_parquet([path])} as p)"

    def rows(self, paths: list[Path]) -> tuple[str, str]:
        """See above."""
        kinds, fields, columns = dict(self.columns), [], []
        for name, kind in self.table.fields.items():
            if kind in PLAIN_TYPES:
                fields.append(
                    f"{f'p.{name}' if name in kinds else 'null'}::{DUCKDB_TYPES[kind]} as {name}"
                )
                columns.append(f"j.{name}")
            else:
                fields.append(f"{_as_json(name) if name in kinds else 'null::varchar'} as {name}")
                columns += value_columns(name, kind)
        beyond = [identifier(name) for name in kinds if name not in self.table.fields]
        packed = (
            f"to_json({{{', '.join(f'{name}: p.{name}' for name in beyond)}}})"
            if beyond
            else "null::json"
        )
        fields.append(f"{packed} as other_fields")
        return ", ".join([*columns, "j.other_fields"]), (
            f"(select {', '.join(fields)} from {_read_parquet(paths)} as p)"
        )


def parquet_form(connection: duckdb.DuckDBPyConnection, table: Table, path: Path) -> Parquet | None:
    """The form of a Parquet file, or None.

    None where a column is not of the type that is expected, or has a name that could mislead.
    """
    described = connection.execute(f"describe select * from {_read_parquet([path])}").fetchall()
    columns = tuple((name, kind) for name, kind, *_ in described)
    kinds, fields = dict(columns), table.fields
    lowered = {name.lower() for name in kinds}
    # two that differ by case alone; a field in other letters; DuckDB's own number of a row; what no
    # SQL can be written with
    if (
        len(lowered) < len(kinds)
        or lowered & set(fields) - set(kinds)
        or "file_row_number" in lowered
        or "\0" in "".join(kinds)
    ):
        return None
    expected = all(
        kinds[name] in PLAIN_TYPES.get(kind, (kinds[name],))
        for name, kind in fields.items()
        if name in kinds
    )
    return Parquet(table, columns) if expected else None


def _as_json(name: str) -> str:
    """SQL of a Parquet column as JSON text; null stays null."""
    return f"case when p.{name} is not null then to_json(p.{name})::varchar end"


def _read_parquet(paths: list[Path]) -> str:
    return f"read_parquet([{', '.join(map(text, paths))}], hive_partitioning = false)"


def _read_json(paths: list[Path], columns: dict[str, str], records: str = "records = true") -> str:
    shape = ", ".join(f"{identifier(name)}: {text(kind)}" for name, kind in columns.items())
    return f"""read_json([{", ".join(map(text, paths))}], columns = {{{shape}}}, {records},
        format = 'newline_delimited', ignore_errors = true, compression = 'uncompressed',
        hive_partitioning = false, maximum_object_size = {LONGEST_LINE})"""
