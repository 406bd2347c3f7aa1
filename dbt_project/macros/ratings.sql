{# A ratio to four digits; null where the denominator is 0. #}
{% macro ratio(numerator, denominator) -%}
    {{ round_to(as_double(numerator) ~ ' / nullif(' ~ denominator ~ ', 0)', 4) }}
{%- endmacro %}

{#
  How far beyond chance a fall in the mean rating lies: Welch's z, the difference of two means in
  units of its own uncertainty. `before` and `after` are prefixes of the columns <prefix>_count,
  <prefix>_sum and <prefix>_square_sum. The spread of either side is never taken for less than half
  a star, so that twenty identical ratings do not look like certainty.
#}
{% macro welch_z(before, after) -%}
    {%- set z -%}
    ({{ _mean(before) }} - {{ _mean(after) }})
    / sqrt(
        {{ _variance(before) }} / nullif({{ before }}_count, 0)
        + {{ _variance(after) }} / nullif({{ after }}_count, 0)
    )
    {%- endset -%}
    {{ round_to(z, 4) }}
{%- endmacro %}

{% macro _mean(side) -%}
    ({{ as_double(side ~ '_sum') }} / nullif({{ side }}_count, 0))
{%- endmacro %}

{% macro _variance(side) -%}
    greatest(
        coalesce(
            (
                {{ as_double(side ~ '_square_sum') }}
                - {{ as_double(side ~ '_sum') }} * {{ as_double(side ~ '_sum') }} / nullif({{ side }}_count, 0)
            ) / nullif({{ side }}_count - 1, 0),
            0
        ),
        0.25
    )
{%- endmacro %}
