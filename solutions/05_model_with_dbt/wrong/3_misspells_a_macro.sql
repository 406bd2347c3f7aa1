-- Calls a macro that there is not.
-- Error: 'sorce' is undefined
%%writefile dbt/models/staging/stg_rejected_records.sql
select table_name, source as source_name, position, reason
from {{ sorce('amazon_raw', 'rejected_records') }}
