-- Rounds to two digits.
-- Hint: Round it to four digits
%%writefile dbt/macros/star_share.sql
{% macro star_share(condition) %}
    round(avg(case when ({{ condition }}) then 1.0 else 0.0 end) filter (where rating is not null), 2)
{% endmacro %}
-- %%
%%writefile dbt/models/analytics/rating_shares.sql
select is_verified_purchase, {{ star_share('rating = 5') }} as five_star_share,
    {{ star_share('rating = 1') }} as one_star_share, {{ star_share('rating >= 4') }} as positive_share
from {{ ref('fct_reviews') }} group by all
