# Other columns first, without unit tests.
from course.dbt import dbt
results = dbt("build", "--exclude-resource-type", "unit_test", target="capstone")

# %%
grain = """
    select 'fct_reviews' as table_name, count(*) as row_count, count(distinct review_id) as key_count from marts.fct_reviews
    union all by name
    select count(distinct parent_asin) as key_count, count(*) as row_count, 'dim_products' as table_name from marts.dim_products
    union all by name
    select 'dim_product_prices' as table_name, count(*) as row_count, (select count(*) from (select distinct parent_asin, valid_from_at from marts.dim_product_prices)) as key_count from marts.dim_product_prices
"""
