{# Stops a run on a warehouse that holds no raw data, instead of building nothing from nothing. #}
{% macro require_raw_tables() %}
    {% if execute %}
        {% set raw = run_query(
            "select count(*) from information_schema.tables"
            ~ " where table_schema = 'amazon_raw' and table_name = 'reviews'"
        ) %}
        {% if raw.columns[0][0] == 0 %}
            {{ exceptions.raise_compiler_error(
                "No raw data: " ~ target.path ~ " has no table amazon_raw.reviews. "
                ~ "Nothing has been loaded into this target yet, or the target is not the one you meant. "
                ~ "Load first: course run (or python dlt_pipelines/amazon_products_pipeline.py), then call dbt again. Read more: FAQ.md#nothing-loaded"
            ) }}
        {% endif %}
    {% endif %}
{% endmacro %}
