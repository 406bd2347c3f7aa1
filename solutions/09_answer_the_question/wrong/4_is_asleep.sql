-- Is asleep.
-- Hint: Which condition leaves it out
%%writefile dbt/models/analytics/silent_products.sql
select parent_asin, last_reviewed_on from {{ ref('dim_products') }} where review_count > 1000000
