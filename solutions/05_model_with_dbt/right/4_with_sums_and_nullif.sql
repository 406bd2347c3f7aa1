-- Sums of cases, nullif by hand, and a loop in the model.
%%writefile dbt/macros/star_share.sql
{% macro star_share(condition) -%}
    round(
        sum(case when rating is not null and ({{ condition }}) then 1 else 0 end)::double
        / nullif(sum(case when rating is not null then 1 else 0 end), 0),
        4
    )
{%- endmacro %}

-- %%
%%writefile dbt/models/analytics/rating_shares.sql
{% set conditions = {'one_star_share': 'rating = 1', 'positive_share': 'rating >= 4', 'five_star_share': 'rating = 5'} %}

with rated as (select * from {{ ref('fct_reviews') }} where rating is not null)

select
    is_verified_purchase
    {% for name, condition in conditions.items() %}
    , {{ star_share(condition) }} as {{ name }}
    {% endfor %}
from rated
group by is_verified_purchase
