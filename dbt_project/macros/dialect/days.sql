{# A day as a number, counted from 1970-01-01: a window of days is then a window of numbers. #}
{% macro day_number(day) -%}
    ({{ day }} - date '1970-01-01')
{%- endmacro %}

{# The day so many days later; earlier, where the number is negative. #}
{% macro add_days(day, number) -%}
    ({{ day }} + ({{ number }}))
{%- endmacro %}
