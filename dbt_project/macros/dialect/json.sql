{# JSON, one macro for each thing that is asked of it. Staging hands it on as text: not every warehouse can compare or keep JSON. #}

{# A column with JSON in it, as text. #}
{% macro json_text(column) -%}
    cast({{ column }} as varchar)
{%- endmacro %}

{# The first or the last item of a JSON list as text; null where the list is empty. #}
{% macro json_list_item(list, which) -%}
    {{ return(adapter.dispatch('json_list_item')(list, which)) }}
{%- endmacro %}

{% macro duckdb__json_list_item(list, which) -%}
    ({{ list }} ->> '{{ {"first": "$[0]", "last": "$[#-1]"}[which] }}')
{%- endmacro %}

{% macro postgres__json_list_item(list, which) -%}
    (cast({{ list }} as json) ->> {{ {"first": 0, "last": -1}[which] }})
{%- endmacro %}

{# How many items a JSON list holds; 0 where there is none. #}
{% macro json_list_length(list) -%}
    coalesce(json_array_length(cast({{ list }} as json)), 0)
{%- endmacro %}

{#
  A table expression: a relation with one row for each field of the JSON object in `object` that is not null; the field's name
  comes as `field_name` before the columns. A name is never read as a path: it may begin with $.
#}
{% macro json_fields(relation, object) -%}
    {{ return(adapter.dispatch('json_fields')(relation, object)) }}
{%- endmacro %}

{% macro duckdb__json_fields(relation, object) -%}
    (
        select
            unnest(list_transform(
                list_filter(
                    list_zip(json_keys({{ object }}), json_extract({{ object }}, '$.*')),
                    lambda field: cast(field[2] as varchar) <> 'null'
                ),
                lambda field: field[1]
            )) as field_name,
            *

        from {{ relation }}
    )
{%- endmacro %}

{% macro postgres__json_fields(relation, object) -%}
    (
        select
            fields.key as field_name,
            {{ relation }}.*

        from {{ relation }}
        cross join lateral json_each_text(cast({{ object }} as json)) as fields
        where fields.value is not null
    )
{%- endmacro %}
