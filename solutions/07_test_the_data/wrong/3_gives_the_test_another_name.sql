-- Gives the test another name.
-- Hint: The test has its name from its first line
-- Error: 'test_is_key' is undefined
%%writefile dbt/tests/generic/is_key.sql
{% test is_a_key(model, columns) %}
select {{ columns | join(', ') }} from {{ model }} group by {{ columns | join(', ') }} having count(*) > 1
{% endtest %}

-- %%
%%writefile dbt/models/marts/int_product_daily_ratings.yml
models:
  - name: int_product_daily_ratings
    data_tests:
      - is_key: {arguments: {columns: [parent_asin, reviewed_on]}}
