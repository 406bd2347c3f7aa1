-- With windows.
%%writefile dbt/models/analytics/silent_products.sql
with r as (
    select parent_asin, reviewed_on,
        count(*) over (partition by parent_asin) as n,
        max(reviewed_on) over () as shop_last
    from {{ ref('fct_reviews') }}
)
select parent_asin, n, max(reviewed_on) as LAST_REVIEWED_ON, date_diff('day', max(reviewed_on), any_value(shop_last)) as silence
from r group by parent_asin, n
having n >= 15 and date_diff('day', max(reviewed_on), any_value(shop_last)) > 9 * date_diff('day', min(reviewed_on), max(reviewed_on)) / (n - 1)
