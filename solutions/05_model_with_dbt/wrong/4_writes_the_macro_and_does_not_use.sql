-- Writes the macro and does not use it.
-- Hint: Call it three times
%%writefile dbt/macros/star_share.sql
{% macro star_share(condition) -%}
    round(avg(case when {{ condition }} then 1 else 0 end) filter (where rating is not null), 4)
{%- endmacro %}

-- %%
%%writefile dbt/models/analytics/rating_shares.sql
select
    is_verified_purchase,
    round(avg(case when rating = 1 then 1 else 0 end), 4) as one_star_share,
    round(avg(case when rating >= 4 then 1 else 0 end), 4) as positive_share,
    round(avg(case when rating = 5 then 1 else 0 end), 4) as five_star_share
from {{ ref('fct_reviews') }}
where rating is not null
group by is_verified_purchase
