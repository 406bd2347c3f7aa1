-- A price there is, and none up to that moment.
%%writefile dbt/tests/reviews_come_after_the_first_price.sql
with prices as (select * from {{ ref('dim_product_prices') }})
select review_id as REVIEW_ID from {{ ref('fct_reviews') }} as r
where exists (select 1 from prices as p where p.parent_asin = r.parent_asin)
and not exists (select 1 from prices as p where p.parent_asin = r.parent_asin and p.valid_from_at <= r.reviewed_at)
