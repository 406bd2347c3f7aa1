"""What a run notes of the warehouse: rows, what its loads did, and the file's size."""

from __future__ import annotations

from pathlib import Path

from course.warehouse import opened, query
from dlt_pipelines.amazon_products_pipeline import DATASET
from dlt_pipelines.load.contract import identifier, text

KINDS = ("rows_in", "inserted", "updated", "unchanged", "duplicates", "rejected")
SUMS = ", ".join(f"coalesce(sum({kind}), 0)::bigint as {kind}" for kind in KINDS)
LOADS = f"{DATASET}.load_reconciliation"  # a load's id is the epoch second in which it began


def rows_of(warehouse: Path, since: float) -> dict[str, dict]:
    """What a warehouse holds, and what its loads since an epoch second did; empty where no load is.

    tables: the rows of each. this_run: the sums of KINDS over the loads since then. last_load: the
    same by raw table; where nothing was loaded since then, of the load before that. unmatched: by
    raw table, how many rows have no counterpart, and how many there are.
    """
    tables = _row_counts(warehouse) if warehouse.exists() else {}
    if LOADS not in tables:  # no load is complete
        return {}
    last = query(
        warehouse,
        f"""select table_name, {SUMS} from {LOADS}
        where try_cast(load_id as double) >= least(
            ?, (select max(try_cast(load_id as double)) from {LOADS})
        )
        group by table_name order by table_name""",
        [since],
    )
    own = f"select {SUMS} from {LOADS} where try_cast(load_id as double) >= ?"
    unmatched = []
    if "analytics.unmatched_records" in tables:
        unmatched = query(warehouse, "from analytics.unmatched_records").to_dict("records")
    return {
        "tables": tables,
        "last_load": {
            row["table_name"]: {kind: int(row[kind]) for kind in KINDS}
            for row in last.to_dict("records")
        },
        "this_run": {
            kind: int(count) for kind, count in query(warehouse, own, [since]).iloc[0].items()
        },
        "unmatched": {
            row["table_name"]: [int(row["unmatched_count"]), int(row["row_count"])]
            for row in unmatched
        },
    }


def _row_counts(warehouse: Path) -> dict[str, int]:
    """The rows of each table, `schema.table`; dlt's own, staging and the ledger are left out."""
    there = query(
        warehouse,
        """select schema_name, table_name from duckdb_tables()
        where not starts_with(table_name, '_dlt')
            and schema_name not in ('amazon_raw_staging', 'ledger')
        order by all""",
    )
    selects = [
        f"select {text(f'{schema}.{table}')} as name, count(*) as row_count "
        f"from {identifier(schema)}.{identifier(table)}"
        for schema, table in there.itertuples(index=False)
    ]
    counts = query(warehouse, " union all ".join(selects)) if selects else there
    return {str(name): int(count) for name, count in counts.itertuples(index=False)}


def storage_of(warehouse: Path) -> dict[str, int]:
    """Bytes of the warehouse's file and of what waits beside it, and the file's blocks."""
    if not warehouse.exists():
        return {}
    waiting = warehouse.with_name(f"{warehouse.name}.wal")
    wal_bytes = waiting.stat().st_size if waiting.exists() else 0
    with opened(warehouse) as connection:
        sizes = connection.execute("pragma database_size").df().iloc[0]
    blocks = {f"{kind}_blocks": int(sizes[f"{kind}_blocks"]) for kind in ("used", "free")}
    return {
        "file_bytes": warehouse.stat().st_size,
        "wal_bytes": wal_bytes,
        "block_bytes": int(sizes.block_size),
    } | blocks
