-- Counts keys, and looks for each null.
%%writefile dbt/tests/generic/is_key.sql
{% test is_key(model, columns) %}
select 1 from {{ model }} having count(*) <> count(distinct ({{ columns | join(', ') }}))
{% for column in columns %}
union all select 1 from {{ model }} where {{ column }} is null
{% endfor %}
{% endtest %}

-- %%
%%writefile dbt/models/marts/int_product_daily_ratings.yml
models:
  - name: int_product_daily_ratings
    data_tests:
      - is_key: {arguments: {columns: [parent_asin, reviewed_on]}}
