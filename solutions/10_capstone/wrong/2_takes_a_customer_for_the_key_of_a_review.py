# Takes a customer for the key of a review.
# Hint: That is a part of the key. Say what one row is, and
from course.dbt import dbt
results = dbt("build", "--select", "dim_products", target="capstone")

# %%
grain = """
    select 'dim_products' as table_name, count(*) as row_count, count(distinct parent_asin) as key_count from marts.dim_products
    union all select 'fct_reviews', count(*), count(distinct user_id) from marts.fct_reviews
    union all select 'dim_product_prices', count(*), count(distinct (parent_asin, valid_from_at)) from marts.dim_product_prices
"""
