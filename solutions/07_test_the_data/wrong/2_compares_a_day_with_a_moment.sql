-- Compares a day with a moment.
-- Hint: Compare moments, not days
%%writefile dbt/tests/reviews_come_after_the_first_price.sql
select r.review_id
from {{ ref('fct_reviews') }} as r
where r.reviewed_on < (select min(p.valid_from_at) from {{ ref('dim_product_prices') }} as p where p.parent_asin = r.parent_asin)
