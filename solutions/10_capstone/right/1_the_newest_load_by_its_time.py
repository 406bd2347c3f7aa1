# The newest load by its time.
from dlt_pipelines.amazon_products_pipeline import run
run(source="files", path=files, target="capstone", full_refresh=True)
info = "done"

# %%
proof = """
    select table_name, sum(rows_in) as rows_in, sum(inserted + updated + unchanged) as kept_count, sum(duplicates) as duplicate_count,
        sum(rejected) as rejected_count, sum(rows_in - inserted - updated - unchanged - duplicates - rejected) as unaccounted_count
    from amazon_raw.load_reconciliation
    where load_id = (select load_id from amazon_raw._dlt_loads order by inserted_at desc limit 1)
    group by table_name
"""
