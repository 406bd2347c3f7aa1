-- Counts the bad rows.
-- Hint: A row for each bad review, so that one can look at it
%%writefile dbt/tests/reviews_come_after_the_first_price.sql
select count(*) as n
from {{ ref('fct_reviews') }} as r
where r.reviewed_at < (select min(p.valid_from_at) from {{ ref('dim_product_prices') }} as p where p.parent_asin = r.parent_asin)
