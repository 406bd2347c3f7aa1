-- Names the raw table itself.
-- Hint: not the table's name
%%writefile dbt/models/staging/stg_rejected_records.sql
select table_name, source as source_name, position, reason from amazon_raw.rejected_records
