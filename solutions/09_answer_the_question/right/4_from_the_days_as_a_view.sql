-- From the days, as a view.
%%writefile dbt/models/analytics/silent_products.sql
{{ config(materialized='view') }}
with p as (
    select parent_asin, sum(review_count) as n, min(reviewed_on) as f, max(reviewed_on) as last_reviewed_on
    from {{ ref('int_product_daily_ratings') }} group by parent_asin),
l as (select max(last_reviewed_on) as day from p)
select parent_asin, last_reviewed_on from p, l where n >= 20 and (l.day - last_reviewed_on) / ((last_reviewed_on - f) / (n - 1)) >= 10
