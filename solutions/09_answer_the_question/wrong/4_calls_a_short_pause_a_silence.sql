-- Calls a short pause a silence.
-- Hint: A number of days that is long for one product is usual
%%writefile dbt/models/analytics/silent_products.sql
select parent_asin, last_reviewed_on
from {{ ref('dim_products') }}
where review_count >= 20
  and ((select max(last_reviewed_on) from {{ ref('dim_products') }}) - last_reviewed_on) * (review_count - 1) >= 3 * (last_reviewed_on - first_reviewed_on)
