-- Looks for nulls only.
-- Hint: A key that comes twice is to be found as well
%%writefile dbt/tests/generic/is_key.sql
{% test is_key(model, columns) %}
select * from {{ model }} where {{ columns | join(' is null or ') }} is null
{% endtest %}

-- %%
%%writefile dbt/models/marts/int_product_daily_ratings.yml
models:
  - name: int_product_daily_ratings
    data_tests:
      - is_key: {arguments: {columns: [parent_asin, reviewed_on]}}
