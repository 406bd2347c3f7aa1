-- A query for each half of the rule.
%%writefile dbt/tests/generic/is_key.sql
{% test is_key(model, columns) %}
select {{ columns | join(', ') }}, 'twice' as why from {{ model }} group by {{ columns | join(', ') }} having count(*) > 1
union all
select {{ columns | join(', ') }}, 'null' from {{ model }}
where {% for column in columns %}{{ column }} is null{% if not loop.last %} or {% endif %}{% endfor %}
{% endtest %}

-- %%
%%writefile dbt/models/marts/int_product_daily_ratings.yml
models:
  - name: int_product_daily_ratings
    data_tests:
      - is_key:
          arguments:
            columns:
              - reviewed_on
              - parent_asin
