"""What a run notes of the warehouse: rows, what its loads did, and the file's size."""

from __future__ import annotations

from pathlib import Path

from course.warehouse import opened, query
from dlt_pipelines.amazon_products_pipeline import DATASET


def rows_of(warehouse: Path, since: float) -> dict[str, dict]:
    """Rows of each table of the warehouse, and how many of them have no counterpart; what its loads
    since an epoch second did.

    last_load: the same by table; where nothing was loaded since then, what the load before that
    did.
    """
    if not warehouse.exists():
        return {}
    names = query(
        warehouse,
        "select schema_name || '.' || table_name as name from duckdb_tables() "
        "where not starts_with(table_name, '_dlt') and schema_name not in ('amazon_raw_staging', "
        "'ledger') order by 1",
    ).name
    if f"{DATASET}.load_reconciliation" not in set(names):  # no load is complete
        return {}
    tables = query(
        warehouse,
        " union all ".join(f"select '{n}' as name, count(*) as row_count from {n}" for n in names),
    )
    loads = query(
        warehouse,
        f"""select table_name, sum(rows_in)::bigint as rows_in,
            sum(inserted)::bigint as inserted, sum(updated)::bigint as updated,
            sum(unchanged)::bigint as unchanged, sum(duplicates)::bigint as duplicates,
            sum(rejected)::bigint as rejected
        from {DATASET}.load_reconciliation
        where try_cast(load_id as double) >= least(
            ?, (select max(try_cast(load_id as double)) from {DATASET}.load_reconciliation)
        )
        group by table_name order by table_name""",
        [since],
    )
    is_modelled = "analytics.unmatched_records" in set(names)
    unmatched = (
        query(warehouse, "select * from analytics.unmatched_records").to_dict("records")
        if is_modelled
        else []
    )
    kinds = ("rows_in", "inserted", "updated", "unchanged", "duplicates", "rejected")
    sums = ", ".join(f"coalesce(sum({kind}), 0)::bigint as {kind}" for kind in kinds)
    # dlt's load ids are epoch seconds
    own = f"select {sums} from {DATASET}.load_reconciliation where try_cast(load_id as double) >= ?"
    this_run = query(warehouse, own, [since])
    return {
        "tables": {row["name"]: int(row["row_count"]) for row in tables.to_dict("records")},
        "last_load": {
            row["table_name"]: {k: int(v) for k, v in row.items() if k != "table_name"}
            for row in loads.to_dict("records")
        },
        "this_run": {kind: int(count) for kind, count in this_run.iloc[0].items()},
        "unmatched": {
            row["table_name"]: [int(row["unmatched_count"]), int(row["row_count"])]
            for row in unmatched
        },
    }


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
