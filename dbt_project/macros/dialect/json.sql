{# What is written differently on every warehouse about JSON, one macro for each thing. #}

{# The first or the last item of a JSON list as text; null where the list is empty. #}
{% macro json_list_item(list, which) -%}
    ({{ list }} ->> '{{ {"first": "$[0]", "last": "$[#-1]"}[which] }}')
{%- endmacro %}

{# How many items a JSON list holds; 0 where there is none. #}
{% macro json_list_length(list) -%}
    coalesce(json_array_length({{ list }}), 0)
{%- endmacro %}

{# The names of a JSON object's fields that are not null, one row for each. A name is never read as a path: it may begin with $. #}
{% macro json_field_names(object) -%}
    unnest(list_transform(
        list_filter(
            list_zip(json_keys({{ object }}), json_extract({{ object }}, '$.*')),
            lambda field: cast(field[2] as varchar) <> 'null'
        ),
        lambda field: field[1]
    ))
{%- endmacro %}
