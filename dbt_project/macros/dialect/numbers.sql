{# A number as a binary fraction: integers and decimals then divide to one, on every warehouse. #}
{% macro as_double(number) -%}
    cast({{ number }} as double precision)
{%- endmacro %}

{# A binary fraction to so many decimal digits. #}
{% macro round_to(number, digits) -%}
    {{ return(adapter.dispatch('round_to')(number, digits)) }}
{%- endmacro %}

{% macro default__round_to(number, digits) -%}
    round({{ number }}, {{ digits }})
{%- endmacro %}

{% macro postgres__round_to(number, digits) -%}
    cast(round(cast({{ number }} as numeric), {{ digits }}) as double precision)
{%- endmacro %}
