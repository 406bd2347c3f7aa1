-- Writes the columns of the one model into the test.
-- Hint: name no column in the test
%%writefile dbt/tests/generic/is_key.sql
{% test is_key(model, columns) %}
select parent_asin, reviewed_on from {{ model }} group by parent_asin, reviewed_on
having count(*) > 1 or parent_asin is null or reviewed_on is null
{% endtest %}

-- %%
%%writefile dbt/models/marts/int_product_daily_ratings.yml
models:
  - name: int_product_daily_ratings
    data_tests:
      - is_key:
          arguments:
            columns: [parent_asin, reviewed_on]
