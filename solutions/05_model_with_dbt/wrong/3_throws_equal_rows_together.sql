-- Throws equal rows together.
-- Hint: It leaves rows as they came
%%writefile dbt/models/staging/stg_rejected_records.sql
select distinct table_name, source as source_name, position, reason from {{ source('amazon_raw', 'rejected_records') }}
