# Writes numbers down.
# Hint: That is a part of the key. Say what one row is, and
from course.dbt import dbt
results = dbt("build", "--select", "dim_products", target="capstone")

# %%
grain = """
    select * from (values ('dim_products', 1500, 1500), ('fct_reviews', 30000, 30000), ('dim_product_prices', 4500, 4500)) as t(table_name, row_count, key_count)
"""
