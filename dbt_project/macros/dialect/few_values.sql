{#
  A subquery for `in`: the values of a column, where they are few and the planner cannot know it. As one list, since DuckDB
  counts a list's values as few; else it keeps the other side, the large one, in memory and goes through the small one.
#}
{% macro few_values(column, relation) -%}
    select unnest(list(distinct {{ column }})) from {{ relation }}
{%- endmacro %}
