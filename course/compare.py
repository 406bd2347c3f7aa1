"""Whether two targets hold the same marts: compared as bags of rows, whatever has filled them."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pandas as pd

from dlt_pipelines.amazon_products_pipeline import Target, find_target
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.load.contract import identifier, text
from dlt_pipelines.locks import patiently

SCHEMAS = ("marts", "analytics")
EXAMPLES = 3
WHOLE = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT"}
WHOLE |= {"UINTEGER", "UBIGINT", "UHUGEINT"}


@dataclass(frozen=True)
class Comparison:
    """One table of two targets.

    rows: how many the first and the second hold. columns: names of those whose values differ, taken
    one by one, or that only one side has. examples: the first rows that only one side holds, with a
    column `only_in` before the table's own; empty where the table is equal.
    """

    table: str
    rows: tuple[int, int]
    columns: tuple[str, ...]
    examples: pd.DataFrame

    @property
    def is_equal(self) -> bool:
        return not self.columns and self.examples.empty


def compare(first: str, second: str) -> list[Comparison]:
    """Compare the tables of marts and analytics of two targets; one Comparison a table, by name.

    Rows are equal whatever their order, and so are columns; a row that is there twice counts twice.
    Numbers are compared to nine digits, whole numbers exactly, times in UTC. Raises PipelineError
    where a target has no warehouse or no marts.
    """
    targets = [find_target(name) for name in (first, second)]
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        sides = [_attached(connection, target, f"side_{i}") for i, target in enumerate(targets)]
        return [
            _compared(connection, table, [side.get(table, {}) for side in sides], (first, second))
            for table in sorted(sides[0].keys() | sides[1].keys())
        ]


def _attached(
    connection: duckdb.DuckDBPyConnection, target: Target, alias: str
) -> dict[str, dict[str, str]]:
    """Attach a target's warehouse, to be read; by table, its columns' types by their names."""
    if target.warehouse.exists():
        attach_to_read(connection, target, alias)
        columns = connection.execute(
            """select schema_name, table_name, column_name, data_type
            from duckdb_columns() where database_name = ? and schema_name in ? order by all""",
            [alias, SCHEMAS],
        ).fetchall()
        if columns:
            tables: dict[str, dict[str, str]] = {}
            for schema, table, column, kind in columns:
                tables.setdefault(f"{identifier(schema)}.{identifier(table)}", {})[column] = kind
            return tables
    raise no_marts(target, "compare")


def attach_to_read(connection: duckdb.DuckDBPyConnection, target: Target, alias: str) -> None:
    """Attach a target's warehouse, to be read; waited for (see locks.py)."""
    attach = f"attach {text(target.warehouse)} as {alias} (read_only)"
    patiently(target.warehouse, lambda: connection.execute(attach))


def no_marts(target: Target, purpose: str) -> PipelineError:
    """The error about a target in which nothing has been modelled."""
    return PipelineError(
        f"The target {target.name} holds no marts to {purpose}.",
        cause="nothing has been modelled in it yet, or its name is misspelt",
        fix=f"course run --target {target.name}",
        faq="nothing-loaded",
    )


def _compared(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    kinds: list[dict[str, str]],
    names: tuple[str, str],
) -> Comparison:
    """One table of both sides, by its columns' types."""
    both = [column for column in kinds[0] if column in kinds[1]]
    alone = sorted(kinds[0].keys() ^ kinds[1].keys())
    name = table.replace('"', "")
    values = [_plain(column, kinds[0][column], kinds[1][column]) for column in both]
    marks = ", ".join(f"sum(hash({value}))" for value in [", ".join(values), *values])
    if not both:
        a, b = (len(connection.sql(f"from side_{i}.{table}")) if kinds[i] else 0 for i in (0, 1))
        return Comparison(name, (a, b), tuple(alone), pd.DataFrame())
    found = [
        connection.execute(f"select count(*), {marks} from side_{i}.{table}").fetchone()
        for i in (0, 1)
    ]
    rows, whole = (found[0][0], found[1][0]), (found[0][1], found[1][1])
    if rows[0] == rows[1] and whole[0] == whole[1]:
        return Comparison(name, rows, tuple(alone), pd.DataFrame())
    differ = [
        column for column, a, b in zip(both, found[0][2:], found[1][2:], strict=True) if a != b
    ]
    chosen = ", ".join(f"{v} as {identifier(c)}" for c, v in zip(both, values, strict=True))
    examples = [
        connection.execute(
            f"""select {text(names[i])} as only_in, * from (
                select {chosen} from side_{i}.{table}
                except all select {chosen} from side_{1 - i}.{table}
            ) order by all limit {EXAMPLES}"""
        ).df()
        for i in (0, 1)
    ]
    return Comparison(name, rows, (*differ, *alone), pd.concat(examples, ignore_index=True))


def _plain(column: str, first: str, second: str) -> str:
    """A column's values as text that is equal where the values are, whatever their types."""
    name = identifier(column)
    if {first, second} <= WHOLE:
        return f"cast({name} as varchar)"
    fractions = ("DECIMAL", "DOUBLE", "FLOAT")
    if all(kind in WHOLE or kind.startswith(fractions) for kind in (first, second)):
        # 0 is added because a negative zero is none of its own
        return f"printf('%.9g', cast({name} as double) + 0)"
    if first.startswith("TIMESTAMP") or second.startswith("TIMESTAMP"):
        return f"cast(cast({name} as timestamp) as varchar)"
    return f"cast({name} as varchar)"
