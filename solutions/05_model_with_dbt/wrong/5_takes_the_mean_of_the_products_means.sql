-- Takes the mean of the products' means.
-- Hint: mean of the products' means
%%writefile dbt/models/marts/dim_stores.sql
select store, count(*) as product_count, sum(review_count) as review_count, avg(mean_rating) as mean_rating
from {{ ref('dim_products') }}
where store is not null
group by store

-- %%
%%writefile dbt/models/marts/dim_stores.yml
models:
  - name: dim_stores
    description: One row per store.
    columns:
      - name: store
        data_tests: [not_null, unique]
