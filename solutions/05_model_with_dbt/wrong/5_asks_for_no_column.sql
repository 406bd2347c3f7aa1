-- Asks for a column that there is not.
-- Error: line 5 of dbt/models/marts/dim_stores.sql
%%writefile dbt/models/marts/dim_stores.sql
select
    products.store,
    count(distinct products.parent_asin) as product_count,
    count(reviews.review_id) as review_count,
    avg(reviews.ratng) as mean_rating
from {{ ref('dim_products') }} as products
left join {{ ref('fct_reviews') }} as reviews on products.parent_asin = reviews.parent_asin
where products.store is not null
group by products.store
-- %%
%%writefile dbt/models/marts/dim_stores.yml
models:
  - name: dim_stores
    description: One row per store.
    columns:
      - name: store
        data_tests: [unique, not_null]
