{# A number as a binary fraction: integers and decimals then divide to one, on every warehouse. #}
{% macro as_double(number) -%}
    cast({{ number }} as double)
{%- endmacro %}

{# A binary fraction to so many decimal digits. #}
{% macro round_to(number, digits) -%}
    round({{ number }}, {{ digits }})
{%- endmacro %}
