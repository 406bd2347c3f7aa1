-- Glues the columns together.
-- Hint: Strings that are glued together look alike
%%writefile dbt/tests/generic/is_key.sql
{% test is_key(model, columns) %}
select {{ columns | join(' || ') }} as k from {{ model }} group by k having count(*) > 1 or k is null
{% endtest %}

-- %%
%%writefile dbt/models/marts/int_product_daily_ratings.yml
models:
  - name: int_product_daily_ratings
    data_tests:
      - is_key: {arguments: {columns: [parent_asin, reviewed_on]}}
