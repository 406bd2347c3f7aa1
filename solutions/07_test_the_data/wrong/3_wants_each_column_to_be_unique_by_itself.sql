-- Wants each column to be unique by itself.
-- Hint: only the *combination*
%%writefile dbt/tests/generic/is_key.sql
{% test is_key(model, columns) %}
{% for column in columns %}
select '{{ column }}' as column_name from {{ model }} group by {{ column }} having count(*) > 1 or {{ column }} is null
{{ 'union all' if not loop.last }}
{% endfor %}
{% endtest %}

-- %%
%%writefile dbt/models/marts/int_product_daily_ratings.yml
models:
  - name: int_product_daily_ratings
    data_tests:
      - is_key:
          arguments:
            columns: [parent_asin, reviewed_on]
