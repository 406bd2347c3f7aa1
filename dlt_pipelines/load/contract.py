"""The contract: which tables there are, which fields they have, and when a record is turned down.

The layout is that of the public Amazon Reviews 2023 data set (McAuley Lab): one JSON object a line.
Files and API are judged by the same SQL, so that both ways in end in the same raw tables. How a
single field is read and tested stands in contract.sql.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MACROS = (Path(__file__).parent / "contract.sql").read_text(encoding="utf-8")
# 1995-01-01 in epoch milliseconds; before it, seconds were taken for milliseconds
EARLIEST_TIMESTAMP = 788_918_400_000

# How each kind of field is stored (DuckDB type) and hinted to dlt.
DUCKDB_TYPES = {
    "text": "VARCHAR",
    "number": "DOUBLE",
    "count": "BIGINT",
    "flag": "BOOLEAN",
    "json": "JSON",
    "price": "DECIMAL(18, 2)",
}
TYPED = ("number", "count", "flag")
# The least and the greatest value of a field, in any table; None: no bound. The models rely on it.
RANGES = {"rating": (1, 5), "average_rating": (0, 5), "price": (0, None)}
# Lists of objects that the data set's own Parquet files keep as objects of lists.
LISTS_OF_OBJECTS = ("images", "videos")
_DLT: dict[str, dict] = {
    "text": {"data_type": "text"},
    "number": {"data_type": "double"},
    "count": {"data_type": "bigint"},
    "flag": {"data_type": "bool"},
    "json": {"data_type": "json"},
    "price": {"data_type": "decimal", "precision": 18, "scale": 2},
}


@dataclass(frozen=True)
class Table:
    """One raw table: its fields by kind, those no record may lack, and the key rows merge on."""

    name: str
    fields: dict[str, str]
    required: tuple[str, ...]
    key: tuple[str, ...]
    # the field with the epoch milliseconds at which the thing happened
    event_time: str | None = None
    derived: str | None = None  # SQL of a column that is made from the fields, named by the key …
    identity_fields: tuple[str, ...] = ()  # … and the fields that it is made from

    def columns(self) -> dict[str, str]:
        """Column name to kind, in the order in which the raw table has them."""
        columns = {self.key[0]: "text"} if self.derived else {}
        for name, kind in self.fields.items():
            columns[name] = kind
            if kind == "price":
                columns[f"{name}_text"] = "text"
        return columns | {"other_fields": "json"}

    def typed(self) -> dict[str, str]:
        """The fields that are numbers or flags, name to kind.

        Where one comes as text, that is kept in other_fields.
        """
        return {name: kind for name, kind in self.fields.items() if kind in TYPED}

    def tested(self) -> list[str]:
        """The fields that decide whether a record keeps the contract."""
        return [name for name in self.fields if name in (*self.required, *self.typed(), *RANGES)]

    def identity(self) -> tuple[str, ...]:
        """The fields that make the key: the key itself, or what it is derived from."""
        return self.identity_fields or self.key

    def hash(self) -> str:
        """SQL of the hash of a record's identity, from typed fields.

        Equal hashes are looked at, never trusted.
        """
        return f"hash({', '.join(self.identity())})"

    def hints(self) -> dict[str, dict]:
        """The same columns as dlt hints; key columns are not nullable."""
        return {
            name: {"name": name, **_DLT[kind], "nullable": name not in self.key}
            for name, kind in self.columns().items()
        }


PRODUCTS = Table(
    name="products",
    fields={
        "parent_asin": "text", "main_category": "text", "title": "text", "subtitle": "text",
        "author": "text", "store": "text", "average_rating": "number", "rating_number": "count",
        "price": "price", "categories": "json", "features": "json", "description": "json",
        "details": "json", "images": "json", "videos": "json", "bought_together": "json",
    },
    required=("parent_asin",),
    key=("parent_asin",),
)  # fmt: skip

PRICES = Table(
    name="prices",
    fields={"parent_asin": "text", "timestamp": "count", "price": "price"},
    required=("parent_asin", "timestamp"),
    key=("parent_asin", "timestamp"),
    event_time="timestamp",
)

REVIEWS = Table(
    name="reviews",
    fields={
        "user_id": "text", "asin": "text", "parent_asin": "text", "timestamp": "count",
        "rating": "number", "title": "text", "text": "text", "helpful_vote": "count",
        "verified_purchase": "flag", "images": "json",
    },
    required=("user_id", "asin", "parent_asin", "timestamp"),
    key=("review_id",),
    event_time="timestamp",
    # The unit separator cannot be part of an id, so no two identities hash alike by concatenation.
    derived="md5(concat_ws(chr(31), user_id, asin, timestamp::varchar))",
    identity_fields=("user_id", "asin", "timestamp"),
)  # fmt: skip

TABLES = {table.name: table for table in (PRODUCTS, PRICES, REVIEWS)}


@dataclass(frozen=True)
class Window:
    """The days asked for: events from `since_ms` on, before `until_ms` (epoch ms); None: open."""

    since_ms: int | None = None
    until_ms: int | None = None

    def sql(self, table: Table, time: str) -> str:
        """SQL: an event, whose time is the expression `time`, lies in the window.

        What has no time always does.
        """
        tests = [f"{time} >= {self.since_ms}"] if self.since_ms is not None else []
        tests += [f"{time} < {self.until_ms}"] if self.until_ms is not None else []
        return " and ".join(tests) if tests and table.event_time else "true"


def text(value: object) -> str:
    """A value as an SQL string.

    Every text that comes from outside goes through here, or is given as a parameter.
    """
    return "'" + str(value).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name, of a column or a table, as an SQL identifier.

    Every name that comes from outside goes through here.
    """
    return '"' + name.replace('"', '""') + '"'


def name_list(table: Table) -> str:
    """The table's columns, quoted, with commas between them."""
    return ", ".join(map(identifier, table.columns()))


def value_columns(name: str, kind: str) -> list[str]:
    """SQL of a field's columns; a price has two.

    `j` has the fields as they stand: text as text, others as JSON.
    """
    if kind == "text":
        return [f"j.{name}::VARCHAR as {name}"]
    if kind == "json":
        read = "read_objects" if name in LISTS_OF_OBJECTS else "read_nested"
        return [f"{read}(j.{name}) as {name}"]
    columns = [f"read_{kind}(j.{name}) as {name}"]
    return columns + ([f"read_price_text(j.{name}) as {name}_text"] if kind == "price" else [])


def key_column(table: Table) -> str:
    """SQL of the derived key and a comma, to stand before the fields; empty where there is none."""
    return f"{table.derived} as {table.key[0]}, " if table.derived else ""


def judging_sql(table: Table, lines: str, now_ms: int) -> str:
    """SQL that makes typed rows of raw lines, with the reason to turn one down, or null.

    `lines` names a relation (source, page, source_no, position, line, problem); `now_ms` is the
    time of the load in epoch milliseconds. The result has (source, page, source_no, position,
    reason, raw_text) and the table's columns; `raw_text` is kept for rejected rows only.
    """
    columns = [
        column for name, kind in table.fields.items() for column in value_columns(name, kind)
    ]
    return f"""
        with parsed as (
            {_parsed_sql(table, lines)}
        ),
        typed as (
            select source, page, source_no, position, line, record, problem, j,
                {", ".join(columns)},
                {_other_fields(table)} as other_json
            from parsed
        ),
        judged as (
            select *, case
                when problem is not null then problem
                when j is null and not json_valid(record) then 'not JSON'
                when j is null or (j.{table.required[0]} is null and json_type(record) <> 'OBJECT')
                    then 'JSON, but not an object'
                {_reasons(table, now_ms)}
            end as reason from typed
        )
        select source, page, source_no, position, reason,
            case when reason is not null then rtrim(line, E'\\r\\n') end as raw_text,
            {key_column(table)}* exclude (
                source, page, source_no, position, line, record, problem, j, reason, other_json),
            case when other_json <> '{{}}' then other_json::json end as other_fields
        from judged
    """


def _parsed_sql(table: Table, lines: str) -> str:
    """SQL that reads raw lines: `j` has the fields as they stand, `rest` what is beyond them."""
    as_read = ", ".join(
        f'"{name}":"{"VARCHAR" if kind == "text" else "JSON"}"'
        for name, kind in table.fields.items()
    )
    known = ", ".join(map(text, table.fields))
    forget_known = "{" + ", ".join(f'"{name}":null' for name in table.fields) + "}"
    return f"""
            select source, page, source_no, position, line, problem, stripped(line) as record,
                case when problem is null and json_valid(record)
                    then json_transform(record, '{{{as_read}}}') end as j,
                case when j is not null and len(
                        list_filter(json_keys(record), lambda name: name not in ({known}))) > 0
                    then json_merge_patch(record, '{forget_known}') end as rest
            from {lines}
            where record <> '' or problem is not null
    """


def _other_fields(table: Table) -> str:
    """SQL of the fields beyond the contract (`rest`), and of numbers and flags come as text."""
    if not table.typed():
        return "rest"
    any_text = " or ".join(f"comes_as_text(j.{name})" for name in table.typed())
    texts = ", ".join(
        f"'{name}', case when comes_as_text(j.{name}) then j.{name} end" for name in table.typed()
    )
    return f"""case when {any_text}
        then json_merge_patch(
            coalesce(rest, '{{}}'), json_merge_patch('{{}}', json_object({texts}))) else rest end"""


def _reasons(table: Table, now_ms: int) -> str:
    """The branches of a SQL `case` that name what breaks the contract.

    The fields as they stand are in `j`, typed ones beside it.
    """
    reasons = []
    for name in table.required:
        reasons.append((f"is_missing(j.{name})", f"'{name} is missing'"))
        if table.fields[name] == "text":
            reasons.append((f"is_no_text(j.{name})", f"'{name} cannot be read as text'"))
    for name, kind in table.typed().items():
        there = f"j.{name} is not null"
        if name not in table.required:
            there += f" and not is_none(j.{name})"
        reasons.append(
            (
                f"{there} and {name} is null",
                f"'{name} cannot be read as a {kind}: ' || left(j.{name}, 60)",
            )
        )
    for name, (least, most) in RANGES.items():
        if name not in table.fields:
            continue
        limits = f"is below {least}" if most is None else f"is outside {least} to {most}"
        reasons.append((f"not ({_in_range(name, name)})", f"'{name} ' || {name} || ' {limits}'"))
    if table.event_time:
        time = table.event_time
        reasons.append(
            (
                f"{time} < {EARLIEST_TIMESTAMP}",
                f"'{time} ' || {time} || ' is before 1995: seconds instead of milliseconds?'",
            )
        )
        reasons.append((f"{time} > {now_ms}", f"'{time} ' || {time} || ' is after the load'"))
    return " ".join(f"when {condition} then {reason}" for condition, reason in reasons)


def _in_range(name: str, value: str) -> str:
    """SQL: a value, which is not null, lies in the range of the field `name`."""
    least, most = RANGES[name]
    return f"{value} >= {least}" if most is None else f"{value} between {least} and {most}"


def certainly_good_sql(table: Table, now_ms: int) -> str:
    """SQL: a record keeps the contract for certain.

    `j` has required text, and all other fields as JSON text. Cheaper than the reasons, and
    stricter: what fails here is judged by them. Counts of the identity must be written plainly.
    """
    tests = []
    for name in table.tested():
        # a cast from JSON would parse it once more, by other rules
        kind, field = table.fields[name], f"j.{name}::varchar"
        if kind == "count" and name in table.identity():
            tests.append(f"is_whole_number({field})")
        elif name == "rating":  # as good as the test below, and quicker
            tests.append(f"case when {field} is null then true else is_good_rating({field}) end")
        elif kind != "text":
            good = [f"is_good_{kind}({field})"] if kind in TYPED else []
            good += (
                [f"coalesce({_in_range(name, f'read_{kind}({field})')}, {kind == 'price'})"]
                if name in RANGES
                else []
            )
            tests.append(f"case when {field} is null then true else {' and '.join(good)} end")
    if table.event_time:
        tests.append(
            f"try_cast(j.{table.event_time}::varchar as bigint) between "
            f"{EARLIEST_TIMESTAMP} and {now_ms}"
        )
    return f"coalesce({' and '.join(tests) or 'true'}, false)"
