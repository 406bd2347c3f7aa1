-- A subquery for each review.
%%writefile dbt/tests/reviews_come_after_the_first_price.sql
select *
from {{ ref('fct_reviews') }} as r
where r.reviewed_at < (select min(p.valid_from_at) from {{ ref('dim_product_prices') }} as p where p.parent_asin = r.parent_asin)
