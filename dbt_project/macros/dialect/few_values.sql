{#
  A subquery for `in`: the values of a column, where they are few and the planner cannot know it. On DuckDB as one list, since it
  counts a list's values as few; else it keeps the other side, the large one, in memory and goes through the small one.
#}
{% macro few_values(column, relation) -%}
    {{ return(adapter.dispatch('few_values')(column, relation)) }}
{%- endmacro %}

{% macro default__few_values(column, relation) -%}
    select distinct {{ column }} from {{ relation }}
{%- endmacro %}

{% macro duckdb__few_values(column, relation) -%}
    select unnest(list(distinct {{ column }})) from {{ relation }}
{%- endmacro %}
