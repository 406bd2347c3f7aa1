-- Takes three months for a silence, whatever the product.
-- Hint: own usual gaps
%%writefile dbt/models/analytics/silent_products.sql
select parent_asin, max(reviewed_on) as last_reviewed_on
from {{ ref('fct_reviews') }}
group by parent_asin
having max(reviewed_on) < (select max(reviewed_on) from {{ ref('fct_reviews') }}) - 90 and count(*) >= 20
