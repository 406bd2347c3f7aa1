# A load of the reviews alone.
# Hint: three files feed three tables
from dlt_pipelines.amazon_products_pipeline import run

info = run(source="files", path=files / "Practice_Marketplace.jsonl", target="capstone")

# %%
proof = """
    select table_name, sum(rows_in) as rows_in, sum(inserted + updated + unchanged) as kept_count, sum(duplicates) as duplicate_count,
        sum(rejected) as rejected_count, sum(rows_in - inserted - updated - unchanged - duplicates - rejected) as unaccounted_count
    from amazon_raw.load_reconciliation where load_id = (select max(load_id) from amazon_raw.load_reconciliation) group by table_name order by table_name
"""
