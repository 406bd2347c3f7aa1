-- Subqueries for the counts, and a singular rule: the column's tests through the model's own list.
%%writefile dbt/models/marts/dim_stores.sql
with stores as (
    select store, list(parent_asin) as products from {{ ref('dim_products') }} where store is not null group by store
)

select
    stores.store,
    len(stores.products) as product_count,
    (select count(*) from {{ ref('fct_reviews') }} as r where list_contains(stores.products, r.parent_asin)) as review_count,
    (select avg(rating) from {{ ref('fct_reviews') }} as r where list_contains(stores.products, r.parent_asin)) as mean_rating
from stores

-- %%
%%writefile dbt/models/marts/dim_stores.yml
models:
  - name: dim_stores
    description: "One row per store that has a product."
    data_tests:
      - unique: {column_name: store}
      - not_null: {column_name: store}
