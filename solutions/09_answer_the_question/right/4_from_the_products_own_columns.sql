-- From the products' own columns.
%%writefile dbt/models/analytics/silent_products.sql
select parent_asin, last_reviewed_on
from {{ ref('dim_products') }}
where review_count between 10 and 1000000
  and ((select max(last_reviewed_on) from {{ ref('dim_products') }}) - last_reviewed_on) * (review_count - 1) >= 7 * (last_reviewed_on - first_reviewed_on)
