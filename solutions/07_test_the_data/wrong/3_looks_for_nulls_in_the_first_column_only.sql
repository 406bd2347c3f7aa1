-- Looks for nulls in the first column only.
-- Hint: The first column is looked at
%%writefile dbt/tests/generic/is_key.sql
{% test is_key(model, columns) %}
select {{ columns | join(', ') }} from {{ model }} group by {{ columns | join(', ') }}
having count(*) > 1 or {{ columns[0] }} is null
{% endtest %}

-- %%
%%writefile dbt/models/marts/int_product_daily_ratings.yml
models:
  - name: int_product_daily_ratings
    data_tests:
      - is_key:
          arguments:
            columns: [parent_asin, reviewed_on]
