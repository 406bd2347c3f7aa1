{#
  Which loads an incremental model has already taken in, kept beside the models (schema `ledger`),
  because marts carry no load columns. A load is noted in the transaction that takes in its rows.

  Why not a watermark on review time: a late review, an edit and a backfill all lie before it.
  An edited raw row carries the id of the load that edited it, so it is taken in again.
#}
{% macro processed_loads() -%}
    {{ return(api.Relation.create(database=target.database, schema="ledger", identifier="processed_loads")) }}
{%- endmacro %}

{#
  Where-condition: the row came with a load that this model has not taken in yet. `relation` has the rows.
  Said with `in`: DuckDB then passes over the row groups without such a load. With `not in` it would read all rows, texts and all.
#}
{% macro unprocessed_loads(load_column, relation) -%}
    {{ load_column }} in (
        select {{ load_column }} from {{ relation }}
        except
        select load_id from {{ processed_loads() }} where model = '{{ this.identifier }}'
    )
{%- endmacro %}

{# Before the model: the ledger exists. Where the model is built anew, its part of the ledger is empty; and the other way round. #}
{% macro open_processed_loads() %}
    create schema if not exists {{ processed_loads().without_identifier() }};
    create table if not exists {{ processed_loads() }} (model varchar, load_id varchar);
    {% if is_incremental() %}
    delete from {{ this }}
    where not exists (select 1 from {{ processed_loads() }} where model = '{{ this.identifier }}');
    {% else %}
    delete from {{ processed_loads() }} where model = '{{ this.identifier }}';
    {% endif %}
{% endmacro %}

{#
  After the model: note every complete load. A load that is not complete is taken in again next time.
  after: the model that this one reads from, if it keeps the ledger too. It may not have taken in the newest loads yet.
#}
{% macro note_processed_loads(after=none) %}
    insert into {{ processed_loads() }}
    select
        '{{ this.identifier }}' as model,
        load_id
    from {{ source("amazon_raw", "_dlt_loads") }}
    where status = 0 and {{ unprocessed_loads("load_id", source("amazon_raw", "_dlt_loads")) }}
        {% if after %}and load_id in (select load_id from {{ processed_loads() }} where model = '{{ after }}'){% endif %}
{% endmacro %}

{#
  What follows a model by its loads would keep a review that has left, and one that an edit has given another product would stay
  with its old product as well. Then the followers forget what they have taken in, and start anew; when this model is built anew, too.
#}
{% macro forget_loads_of(models) -%}
    delete from {{ processed_loads() }} where model in ('{{ models | join("', '") }}')
{%- endmacro %}

{# Before the model: forget where an edit, not yet taken in, changes `column`. #}
{% macro forget_where_moved(models, relation, key, column) %}
    {{ forget_loads_of(models) }}
    {% if is_incremental() %}
        and exists (
            select 1
            from {{ this }} as old
            inner join (select * from {{ relation }} where {{ unprocessed_loads('load_id', relation) }}) as new
                on old.{{ key }} = new.{{ key }}
            where old.{{ column }} <> new.{{ column }}
        )
    {% endif %}
{% endmacro %}

{#
  After the model: rows that have left the source (its raw table was dropped and loaded anew) leave
  the model. All of the source is in the model by now, so equal counts say that there is nothing to do.
#}
{% macro drop_rows_gone_from(relation, key, models) %}
    {% if execute and is_incremental() %}
        {% set counts = run_query(
            "select (select count(*) from " ~ this ~ ") - (select count(*) from " ~ relation ~ ")"
        ) %}
        {% if counts.columns[0][0] != 0 %}
    delete from {{ this }} where {{ key }} not in (select {{ key }} from {{ relation }});
    {{ forget_loads_of(models) }}
        {% endif %}
    {% endif %}
{% endmacro %}
