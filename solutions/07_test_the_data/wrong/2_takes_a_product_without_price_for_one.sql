-- Takes a product without price for one reviewed too early.
-- Hint: without any price
%%writefile dbt/tests/reviews_come_after_the_first_price.sql
with first_prices as (
    select parent_asin, min(valid_from_at) as first_price_at from {{ ref('dim_product_prices') }} group by parent_asin
)
select reviews.review_id
from {{ ref('fct_reviews') }} as reviews
left join first_prices on reviews.parent_asin = first_prices.parent_asin
where coalesce(reviews.reviewed_at < first_prices.first_price_at, true)
