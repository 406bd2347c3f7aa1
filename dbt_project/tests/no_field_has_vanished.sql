-- A field that older loads brought, and that not one review of the newest load has. Read more: FAQ.md#field-vanished
{% set fields = ['title', 'text', 'helpful_vote', 'verified_purchase'] %}

with newest as (
    select max(_dlt_load_id) as load_id from {{ source('amazon_raw', 'reviews') }}
),

filled as (
    select
        reviews._dlt_load_id = newest.load_id as is_newest,
        count(*) as review_count,
        {% for field in fields %}
        count(reviews.{{ field }}) as {{ field }}{{ ',' if not loop.last }}
        {% endfor %}

    from {{ source('amazon_raw', 'reviews') }} as reviews
    cross join newest
    group by 1
)

{% for field in fields %}
select '{{ field }}' as field
from filled as new
inner join filled as old on new.is_newest and not old.is_newest
where new.review_count >= {{ var('lowest_records_per_load') }}
    and new.{{ field }} = 0
    and old.{{ field }} > 0.5 * old.review_count
{{ 'union all' if not loop.last }}
{% endfor %}
