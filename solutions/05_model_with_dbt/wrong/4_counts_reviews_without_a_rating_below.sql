-- Counts reviews without a rating below the line.
-- Hint: stands below the line
%%writefile dbt/macros/star_share.sql
{% macro star_share(condition) -%}
    round(count(*) filter (where {{ condition }}) / count(*), 4)
{%- endmacro %}

-- %%
%%writefile dbt/models/analytics/rating_shares.sql
select
    is_verified_purchase,
    {{ star_share('rating = 1') }} as one_star_share,
    {{ star_share('rating >= 4') }} as positive_share,
    {{ star_share('rating = 5') }} as five_star_share
from {{ ref('fct_reviews') }}
group by is_verified_purchase
