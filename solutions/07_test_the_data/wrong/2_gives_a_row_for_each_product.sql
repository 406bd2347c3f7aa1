-- Gives a row for each product.
-- Hint: All of them are asked for
%%writefile dbt/tests/reviews_come_after_the_first_price.sql
select min(r.review_id) as review_id, r.parent_asin
from {{ ref('fct_reviews') }} as r join {{ ref('dim_product_prices') }} as p using (parent_asin)
group by r.parent_asin
having min(r.reviewed_at) < min(p.valid_from_at)
