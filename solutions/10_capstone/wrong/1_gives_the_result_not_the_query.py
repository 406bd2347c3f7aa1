# Gives the result, not the query.
# Hint: Write the query between `"""` and `"""`, so that it
from dlt_pipelines.amazon_products_pipeline import run
info = run(source="files", path=files, target="capstone")

# %%
proof = ask("""
    select table_name, sum(rows_in) as rows_in, sum(inserted + updated + unchanged) as kept_count, sum(duplicates) as duplicate_count,
        sum(rejected) as rejected_count, sum(rows_in - inserted - updated - unchanged - duplicates - rejected) as unaccounted_count
    from amazon_raw.load_reconciliation
    group by table_name
""")
