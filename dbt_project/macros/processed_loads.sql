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
        {{ dbt.except() }}
        select load_id from {{ processed_loads() }} where model = '{{ this.identifier }}'
    )
{%- endmacro %}

{# The one value that a query gives; asked while the hook that needs it is written. #}
{% macro answer(sql) -%}
    {{ return(run_query(sql).columns[0][0]) }}
{%- endmacro %}

{# Before the model: the ledger exists. Where the model is built anew, its part of the ledger is empty; and the other way round. #}
{% macro open_processed_loads() %}
    {% if execute %}
        {% do adapter.create_schema(processed_loads()) %}
        {% do run_query(create_ledger(processed_loads())) %}
        {% set is_known = answer(
            "select count(*) from " ~ processed_loads() ~ " where model = '" ~ this.identifier ~ "'"
        ) > 0 %}
        {% if is_known and not is_incremental() %}
    {{ forget_loads_of([this.identifier]) }}
        {% elif is_incremental() and not is_known %}
    delete from {{ this }} where true
        {% endif %}
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
    {% if execute %}
        {% set moved %}
            select count(*)
            from {{ this }} as kept
            inner join (select * from {{ relation }} where {{ unprocessed_loads('load_id', relation) }}) as edited
                on kept.{{ key }} = edited.{{ key }}
            where kept.{{ column }} <> edited.{{ column }}
        {% endset %}
        {% if not is_incremental() or answer(moved) > 0 %}
    {{ forget_loads_of(models) }}
        {% endif %}
    {% endif %}
{% endmacro %}

{#
  After the model: rows that have left the source (its raw table was dropped and loaded anew) leave
  the model. All of the source is in the model by now, so equal counts say that there is nothing to do.
#}
{% macro drop_rows_gone_from(relation, key, models) %}
    {% if execute and is_incremental() and answer(
        "select (select count(*) from " ~ this ~ ") - (select count(*) from " ~ relation ~ ")"
    ) != 0 %}
        {% do run_query(forget_loads_of(models)) %}
    delete from {{ this }} where {{ key }} not in (select {{ key }} from {{ relation }})
    {% endif %}
{% endmacro %}
