{# Epoch milliseconds as a timestamp in UTC, without a time zone. #}
{% macro epoch_ms_to_timestamp(milliseconds) -%}
    {{ return(adapter.dispatch('epoch_ms_to_timestamp')(milliseconds)) }}
{%- endmacro %}

{% macro duckdb__epoch_ms_to_timestamp(milliseconds) -%}
    epoch_ms({{ milliseconds }})
{%- endmacro %}

{% macro postgres__epoch_ms_to_timestamp(milliseconds) -%}
    (timestamp '1970-01-01' + {{ milliseconds }} * interval '1 millisecond')
{%- endmacro %}
