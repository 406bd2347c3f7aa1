-- A mean of ones and zeros over the reviews with a rating.
%%writefile dbt/macros/star_share.sql
{% macro star_share(condition) %}
    round(avg(case when ({{ condition }}) then 1.0 else 0.0 end) filter (where rating is not null), 4)
{% endmacro %}

-- %%
%%writefile dbt/models/analytics/rating_shares.sql
select
    {{ star_share('rating = 5') }} as five_star_share,
    {{ star_share('rating = 1') }} as one_star_share,
    {{ star_share("rating in (4, 5)") }} as positive_share,
    is_verified_purchase
from {{ ref('fct_reviews') }}
group by all
