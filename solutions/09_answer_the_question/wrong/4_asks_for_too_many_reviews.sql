-- Asks for too many reviews.
-- Hint: A silence of 11.1 usual gaps is long, and 50 reviews
%%writefile dbt/models/analytics/silent_products.sql
select parent_asin, last_reviewed_on
from {{ ref('dim_products') }}
where review_count >= 60
  and ((select max(last_reviewed_on) from {{ ref('dim_products') }}) - last_reviewed_on) * (review_count - 1) >= 8 * (last_reviewed_on - first_reviewed_on)
