# Counts keys of one column.
from course.dbt import dbt
results = dbt("build", target="capstone")

# %%
grain = """
    with keys as (
        select 'dim_products' as table_name, parent_asin as key from marts.dim_products
        union all select 'fct_reviews', review_id from marts.fct_reviews
        union all select 'dim_product_prices', parent_asin || ' ' || valid_from_at from marts.dim_product_prices)
    select table_name, count(*) as row_count, count(distinct key) as key_count from keys group by table_name
"""
