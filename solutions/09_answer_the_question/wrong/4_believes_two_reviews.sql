-- Believes two reviews.
-- Hint: least number of reviews
%%writefile dbt/models/analytics/silent_products.sql
select parent_asin, max(reviewed_on) as last_reviewed_on
from {{ ref('fct_reviews') }}
group by parent_asin
having (select max(reviewed_on) from {{ ref('fct_reviews') }}) - max(reviewed_on)
    > 8 * (max(reviewed_on) - min(reviewed_on))::double / nullif(count(*) - 1, 0)
