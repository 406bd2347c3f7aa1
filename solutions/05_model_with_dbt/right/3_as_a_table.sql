-- A table, and a variable for the source.
%%writefile dbt/models/staging/stg_rejected_records.sql
{{ config(materialized='table') }}
{% set raw = source('amazon_raw', 'rejected_records') %}
with renamed as (select * rename (source as source_name) from {{ raw }})
select table_name, source_name, position, reason from renamed order by table_name, position
