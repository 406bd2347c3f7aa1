{# Stops a run on a warehouse that holds no complete load, instead of building nothing from nothing. #}
{% macro require_raw_tables() %}
    {% if execute %}
        {% set warehouse = target.get("path") or target.database %}
        {% if not load_relation(source("amazon_raw", "reviews")) %}
            {{ exceptions.raise_compiler_error(
                "No raw data: " ~ warehouse ~ " has no table amazon_raw.reviews. "
                ~ "Nothing has been loaded into this target yet, or the target is not the one you meant. "
                ~ "Load first: course run (or python dlt_pipelines/amazon_products_pipeline.py), then call dbt again. Read more: FAQ.md#nothing-loaded"
            ) }}
        {% endif %}
        {# Tables made without dlt (an exercise makes some) know of no loads. #}
        {% if load_relation(source("amazon_raw", "_dlt_loads")) %}
            {% if answer("select count(*) from " ~ source("amazon_raw", "_dlt_loads") ~ " where status = 0") == 0 %}
                {{ exceptions.raise_compiler_error(
                    "No raw data: the first load into " ~ warehouse ~ " was interrupted before it was complete, and left nothing. "
                    ~ "Load again, by the same command, then call dbt again. Read more: FAQ.md#nothing-loaded"
                ) }}
            {% endif %}
        {% endif %}
    {% endif %}
{% endmacro %}
