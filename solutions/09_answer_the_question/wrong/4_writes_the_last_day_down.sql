-- Writes the last day down.
-- Hint: must come from the data
%%writefile dbt/models/analytics/silent_products.sql
select parent_asin, max(reviewed_on) as last_reviewed_on
from {{ ref('fct_reviews') }}
group by parent_asin
having count(*) >= 20
    and date '2025-12-31' - max(reviewed_on) > 8 * (max(reviewed_on) - min(reviewed_on))::double / (count(*) - 1)
