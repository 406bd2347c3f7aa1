{# The statement that makes the ledger of loads, if it is not there yet. #}
{% macro create_ledger(relation) -%}
    create table if not exists {{ relation }} (model varchar, load_id varchar)
{%- endmacro %}
