-- Compares after grouping.
%%writefile dbt/tests/reviews_come_after_the_first_price.sql
select r.review_id
from {{ ref('fct_reviews') }} as r
left join {{ ref('dim_product_prices') }} as p on p.parent_asin = r.parent_asin
group by r.review_id, r.reviewed_at
having r.reviewed_at < min(p.valid_from_at)
