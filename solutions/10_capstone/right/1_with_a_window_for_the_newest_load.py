# With a window for the newest load.
from dlt_pipelines import amazon_products_pipeline as pipeline

info = pipeline.run(source="files", path=str(files), target="capstone")

# %%
proof = """
    with newest as (select * from amazon_raw.load_reconciliation qualify load_id = max(load_id) over ())
    select sum(rejected) as rejected_count, sum(duplicates) as duplicate_count, TABLE_NAME, sum(rows_in) as rows_in,
        sum(inserted) + sum(updated) + sum(unchanged) as kept_count,
        sum(rows_in) - (sum(inserted) + sum(updated) + sum(unchanged)) - sum(duplicates) - sum(rejected) as unaccounted_count
    from newest group by all
"""
