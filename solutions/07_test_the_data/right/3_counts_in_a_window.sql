-- Counts in a window.
%%writefile dbt/tests/generic/is_key.sql
{% test is_key(model, columns) %}
{% set key = columns | join(", ") %}
select *
from (select *, count(*) over (partition by {{ key }}) as n from {{ model }})
where n > 1 or {{ columns | join(' is null or ') }} is null
{% endtest %}

-- %%
%%writefile dbt/models/marts/int_product_daily_ratings.yml
version: 2
models:
  - name: int_product_daily_ratings
    description: One row per product and day with reviews.
    data_tests:
      - is_key:
          name: one_row_per_product_and_day
          arguments: {columns: ["parent_asin", "reviewed_on"]}
