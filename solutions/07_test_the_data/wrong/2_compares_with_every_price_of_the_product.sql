-- Compares with every price of the product.
-- Hint: before *some* price
%%writefile dbt/tests/reviews_come_after_the_first_price.sql
select reviews.review_id, prices.valid_from_at
from {{ ref('fct_reviews') }} as reviews
inner join {{ ref('dim_product_prices') }} as prices on reviews.parent_asin = prices.parent_asin
where reviews.reviewed_at < prices.valid_from_at
