-- One select, the columns in another order, and casts that change nothing.
%%writefile dbt/models/staging/stg_rejected_records.sql
{{ config(materialized='view') }}

select rejected.position, rejected.reason::varchar as reason, rejected.table_name, rejected.source as source_name
from {{ source("amazon_raw", "rejected_records") }} as rejected
