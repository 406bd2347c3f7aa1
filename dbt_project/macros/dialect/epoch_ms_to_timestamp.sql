{# Epoch milliseconds as a timestamp in UTC, without a time zone. #}
{% macro epoch_ms_to_timestamp(milliseconds) -%}
    epoch_ms({{ milliseconds }})
{%- endmacro %}
