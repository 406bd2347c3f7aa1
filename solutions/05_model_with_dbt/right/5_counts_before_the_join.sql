-- Counts by product before the join, a table, tests on the model's column in the long form.
%%writefile dbt/models/marts/dim_stores.sql
{{ config(materialized='table') }}

with per_product as (
    select parent_asin, count(*) as n, sum(rating) as stars, count(rating) as rated
    from {{ ref('fct_reviews') }}
    group by parent_asin
)

select
    round(sum(stars) / nullif(sum(rated), 0), 2) as mean_rating,
    coalesce(sum(n), 0) as review_count,
    count(*) as product_count,
    store
from {{ ref('dim_products') }}
left join per_product using (parent_asin)
where store is not null
group by store

-- %%
%%writefile dbt/models/marts/dim_stores.yml
version: 2

models:
  - name: dim_stores
    description: >
      One row for each store, with what its products
      and their reviews say.
    columns:
      - name: mean_rating
      - name: store
        data_tests:
          - unique:
              config: {severity: error}
          - not_null
