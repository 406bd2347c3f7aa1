{# Stops a run on a warehouse that holds no complete load, instead of building nothing from nothing. #}
{% macro require_raw_tables() %}
    {% if execute %}
        {% set found = run_query(
            "select table_name from information_schema.tables"
            ~ " where table_schema = 'amazon_raw' and table_name in ('reviews', '_dlt_loads')"
        ).columns[0].values() %}
        {% if "reviews" not in found %}
            {{ exceptions.raise_compiler_error(
                "No raw data: " ~ target.path ~ " has no table amazon_raw.reviews. "
                ~ "Nothing has been loaded into this target yet, or the target is not the one you meant. "
                ~ "Load first: course run (or python dlt_pipelines/amazon_products_pipeline.py), then call dbt again. Read more: FAQ.md#nothing-loaded"
            ) }}
        {% endif %}
        {# Tables made without dlt (an exercise makes some) know of no loads. #}
        {% if "_dlt_loads" in found %}
            {% set complete = run_query("select count(*) from amazon_raw._dlt_loads where status = 0") %}
            {% if complete.columns[0][0] == 0 %}
                {{ exceptions.raise_compiler_error(
                    "No raw data: the first load into " ~ target.path ~ " was interrupted before it was complete, and left nothing. "
                    ~ "Load again, by the same command, then call dbt again. Read more: FAQ.md#nothing-loaded"
                ) }}
            {% endif %}
        {% endif %}
    {% endif %}
{% endmacro %}
