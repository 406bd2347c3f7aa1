{#
  Which loads an incremental model has already taken in, kept beside the models (schema `ledger`),
  because marts carry no load columns. A load is noted in the transaction that takes in its rows.

  Why not a watermark on review time: a late review, an edit and a backfill all lie before it.
  An edited raw row carries the id of the load that edited it, so it is taken in again.
#}
{% macro processed_loads() -%}
    {{ return(api.Relation.create(database=target.database, schema="ledger", identifier="processed_loads")) }}
{%- endmacro %}

{# Where-condition: the row came with a load that this model has not taken in yet. #}
{% macro unprocessed_loads(load_column) -%}
    {{ load_column }} not in (
        select load_id from {{ processed_loads() }} where model = '{{ this.identifier }}'
    )
{%- endmacro %}

{# Before the model: the ledger exists; where the model is built anew, it starts empty. #}
{% macro open_processed_loads() %}
    create schema if not exists {{ processed_loads().without_identifier() }};
    create table if not exists {{ processed_loads() }} (model varchar, load_id varchar);
    {% if not is_incremental() %}
    delete from {{ processed_loads() }} where model = '{{ this.identifier }}';
    {% endif %}
{% endmacro %}

{# After the model: note every complete load. A load that is not complete is taken in again next time. #}
{% macro note_processed_loads() %}
    insert into {{ processed_loads() }}
    select
        '{{ this.identifier }}' as model,
        load_id
    from {{ source("amazon_raw", "_dlt_loads") }}
    where status = 0 and {{ unprocessed_loads("load_id") }}
{% endmacro %}

{#
  After the model: rows that have left the source (its raw table was dropped and loaded anew) leave
  the model. All of the source is in the model by now, so equal counts say that there is nothing to do.
#}
{% macro drop_rows_gone_from(relation, key) %}
    {% if execute and is_incremental() %}
        {% set counts = run_query(
            "select (select count(*) from " ~ this ~ ") - (select count(*) from " ~ relation ~ ")"
        ) %}
        {% if counts.columns[0][0] != 0 %}
    delete from {{ this }} where {{ key }} not in (select {{ key }} from {{ relation }})
        {% endif %}
    {% endif %}
{% endmacro %}
