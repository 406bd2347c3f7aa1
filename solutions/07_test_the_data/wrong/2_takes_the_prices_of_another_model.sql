-- Takes the prices of another model.
-- Hint: The task names the two models
%%writefile dbt/tests/reviews_come_after_the_first_price.sql
with first_prices as (select parent_asin, min(effective_at) as first_price_at from {{ ref('stg_prices') }} group by all)
select r.review_id
from {{ ref('fct_reviews') }} as r join first_prices using (parent_asin)
where r.reviewed_at < first_price_at
