"""The contract: which tables there are, which fields they have, and when a record is turned down.

The layout is that of the public Amazon Reviews 2023 data set (McAuley Lab): one JSON object a line.
Files and API are judged by the same SQL, so that both ways in end in the same raw tables.
"""

from __future__ import annotations

from dataclasses import dataclass

EARLIEST_TIMESTAMP = 788_918_400_000  # 1995-01-01 in epoch milliseconds; before it, seconds were taken for milliseconds

# How each kind of field is stored (DuckDB type) and hinted to dlt.
DUCKDB_TYPES = {"text": "VARCHAR", "number": "DOUBLE", "count": "BIGINT", "flag": "BOOLEAN", "json": "JSON", "price": "DECIMAL(18, 2)"}
_DLT = {
    "text": {"data_type": "text"},
    "number": {"data_type": "double"},
    "count": {"data_type": "bigint"},
    "flag": {"data_type": "bool"},
    "json": {"data_type": "json"},
    "price": {"data_type": "decimal", "precision": 18, "scale": 2},
}


@dataclass(frozen=True)
class Table:
    """One raw table: its fields by kind, the fields no record may lack, and the key that rows merge on."""

    name: str
    fields: dict[str, str]
    required: tuple[str, ...]
    key: tuple[str, ...]
    event_time: str | None = None  # the field with the epoch milliseconds at which the thing happened
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
        """The fields that are numbers or flags, name to kind; in a record they may come as text, which is then kept in other_fields."""
        return {name: kind for name, kind in self.fields.items() if kind in ("number", "count", "flag")}

    def identity(self) -> tuple[str, ...]:
        """The fields that make the key: the key itself, or what it is derived from."""
        return self.identity_fields or self.key

    def hints(self) -> dict[str, dict]:
        """The same columns as dlt hints; key columns are not nullable."""
        return {name: {"name": name, **_DLT[kind], "nullable": name not in self.key} for name, kind in self.columns().items()}


PRODUCTS = Table(
    name="products",
    fields={
        "parent_asin": "text", "main_category": "text", "title": "text", "subtitle": "text", "author": "text",
        "store": "text", "average_rating": "number", "rating_number": "count", "price": "price",
        "categories": "json", "features": "json", "description": "json", "details": "json",
        "images": "json", "videos": "json", "bought_together": "json",
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
        "user_id": "text", "asin": "text", "parent_asin": "text", "timestamp": "count", "rating": "number",
        "title": "text", "text": "text", "helpful_vote": "count", "verified_purchase": "flag", "images": "json",
    },
    required=("user_id", "asin", "parent_asin", "timestamp"),
    key=("review_id",),
    event_time="timestamp",
    # The unit separator cannot be part of an id, so no two identities hash alike by concatenation.
    derived="md5(concat_ws(chr(31), user_id, asin, timestamp::varchar))",
    identity_fields=("user_id", "asin", "timestamp"),
)  # fmt: skip

TABLES = {table.name: table for table in (PRODUCTS, PRICES, REVIEWS)}


def text(value: object) -> str:
    """A value as an SQL string."""
    return "'" + str(value).replace("'", "''") + "'"


def window_sql(table: Table, time: str, since_ms: int | None, until_ms: int | None) -> str:
    """SQL: the event, whose time is the expression `time`, lies in the days asked for (from `since_ms`, before `until_ms`)."""
    tests = [f"{time} >= {since_ms}"] if since_ms is not None else []
    tests += [f"{time} < {until_ms}"] if until_ms is not None else []
    return " and ".join(tests) if tests and table.event_time else "true"


def judging_sql(table: Table, lines: str, now_ms: int) -> str:
    """SQL that turns raw lines into typed rows, each with the reason for which it is turned down, or null.

    `lines` names a relation (source, page, source_no, position, line, problem); `now_ms` is the time of the load
    in epoch milliseconds. The result has (source, page, seq, reason, raw_text) and the table's columns;
    `seq` (BIGINT) orders all records of a run, the newest last; `raw_text` is kept for rejected rows only.
    """
    shape = ", ".join(f'"{name}":"{"VARCHAR" if kind == "text" else "JSON"}"' for name, kind in table.fields.items())
    known = ", ".join(f"'{name}'" for name in table.fields)
    forget_known = "{" + ", ".join(f'"{name}":null' for name in table.fields) + "}"
    columns = [*(value_sql(name, kind) for name, kind in table.fields.items())]
    as_text = [f"starts_with(j.{name}, '\"')" for name in table.typed()]
    changed = ", ".join(f"'{name}', case when starts_with(j.{name}, '\"') then j.{name} end" for name in table.typed())
    if as_text:
        other = f"""case when {" or ".join(as_text)}
                then json_merge_patch(coalesce(rest, '{{}}'), json_merge_patch('{{}}', json_object({changed}))) else rest end"""
    else:
        other = "rest"
    key = f"{table.derived} as {table.key[0]}, " if table.derived else ""
    return f"""
        with parsed as (
            select source, page, (source_no::bigint << 40) + position as seq, line, problem,
                case when problem is null and json_valid(line) then json_transform(line, '{{{shape}}}') end as j,
                case when j is not null and len(list_filter(json_keys(line), lambda name: name not in ({known}))) > 0
                    then json_merge_patch(line, '{forget_known}') end as rest
            from {lines}
            where length(line) > 100 or trim(line, E' \\t\\r\\n') <> '' or problem is not null
        ),
        typed as (
            select source, page, seq, line, problem, j, rest, {", ".join(columns)}, {other} as other_json
            from parsed
        ),
        judged as (
            select *, case
                when problem is not null then problem
                when j is null and not json_valid(line) then 'not JSON'
                when j is null or (j.{table.required[0]} is null and json_type(line) <> 'OBJECT') then 'JSON, but not an object'
                {reasons_sql(table, now_ms)}
            end as reason from typed
        )
        select source, page, seq, reason, case when reason is not null then rtrim(line, E'\\r\\n') end as raw_text,
            {key}* exclude (source, page, seq, line, problem, j, rest, reason, other_json),
            case when other_json <> '{{}}' then other_json::json end as other_fields
        from judged
    """


def value_sql(name: str, kind: str) -> str:
    """SQL of a field's column (a price has two), made from `j`, which has the fields as they stand: text as text, all others as JSON."""
    bare = f"trim(j.{name}, '\"')"  # numbers and flags may come as text: "5" is read as 5
    match kind:
        case "text" | "json":
            return f"j.{name}::{DUCKDB_TYPES[kind]} as {name}"
        case "count":
            number = f"try_cast({bare} as double)"
            return f"case when {number} = floor({number}) then try_cast({bare} as bigint) end as {name}"
        case "number":
            return f"case when isfinite(try_cast({bare} as double)) then try_cast({bare} as double) end as {name}"
        case "price":
            number = f"try_cast({bare} as {DUCKDB_TYPES[kind]})"
            return f"{number} as {name}, case when {number} is null then j.{name} ->> '$' end as {name}_text"
        case _:
            return f"try_cast({bare} as {DUCKDB_TYPES[kind]}) as {name}"


def reasons_sql(table: Table, now_ms: int) -> str:
    """The branches of a SQL `case` that name what breaks the contract: the fields as they stand are in `j`, typed ones beside it."""
    reasons = []
    for name in table.required:
        reasons.append((f"coalesce(j.{name}::varchar, '') in ('', '\"\"')", f"'{name} is missing'"))
        if table.fields[name] == "text":
            reasons.append((f"left(j.{name}, 1) in ('{{', '[')", f"'{name} cannot be read as text'"))
    for name, kind in table.typed().items():
        reasons.append((f"j.{name} is not null and {name} is null", f"'{name} cannot be read as a {kind}: ' || left(j.{name}, 60)"))
    if "rating" in table.fields:
        reasons.append(("rating not between 1 and 5", "'rating ' || rating || ' is outside 1 to 5'"))
    if table.event_time:
        time = table.event_time
        reasons.append((f"{time} < {EARLIEST_TIMESTAMP}", f"'{time} ' || {time} || ' is before 1995: seconds instead of milliseconds?'"))
        reasons.append((f"{time} > {now_ms}", f"'{time} ' || {time} || ' is after the load'"))
    return " ".join(f"when {condition} then {reason}" for condition, reason in reasons)
