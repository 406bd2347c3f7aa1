-- Puts the test below a column.
-- Hint: The key is of the whole model
-- Error: no keyword argument 'column_name'
%%writefile dbt/tests/generic/is_key.sql
{% test is_key(model, columns) %}
select {{ columns | join(', ') }} from {{ model }} group by {{ columns | join(', ') }}
having count(*) > 1 {% for column in columns %} or {{ column }} is null {% endfor %}
{% endtest %}

-- %%
%%writefile dbt/models/marts/int_product_daily_ratings.yml
models:
  - name: int_product_daily_ratings
    columns:
      - name: parent_asin
        data_tests:
          - is_key: {arguments: {columns: [parent_asin, reviewed_on]}}
