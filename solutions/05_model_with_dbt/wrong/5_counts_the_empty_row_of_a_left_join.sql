-- Counts the empty row of a left join.
-- Hint: `count(*)` counts it
%%writefile dbt/models/marts/dim_stores.sql
select
    products.store,
    count(distinct products.parent_asin) as product_count,
    count(*) as review_count,
    avg(reviews.rating) as mean_rating
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
        data_tests: [not_null, unique]
