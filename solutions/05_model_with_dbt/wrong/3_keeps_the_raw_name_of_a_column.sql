-- Keeps the raw name of a column.
-- Hint: Missing: source_name. Too many: source.
%%writefile dbt/models/staging/stg_rejected_records.sql
select table_name, source, position, reason from {{ source('amazon_raw', 'rejected_records') }}
