# Takes a product for the key of its price periods.
# Hint: part of the key
results = dbt("build", "--select", "dim_product_prices", target="capstone")

# %%
grain = """
    select 'dim_products' as table_name, count(*) as row_count, count(distinct parent_asin) as key_count from marts.dim_products
    union all select 'fct_reviews', count(*), count(distinct review_id) from marts.fct_reviews
    union all select 'dim_product_prices', count(*), count(distinct parent_asin) from marts.dim_product_prices
"""
