# Runs the models and tests nothing.
# Hint: tests nothing
results = dbt("run", target="capstone")

# %%
grain = """
    select 'dim_products' as table_name, count(*) as row_count, count(distinct parent_asin) as key_count from marts.dim_products
    union all select 'fct_reviews', count(*), count(distinct review_id) from marts.fct_reviews
    union all select 'dim_product_prices', count(*), count(distinct (parent_asin, valid_from_at)) from marts.dim_product_prices
"""
