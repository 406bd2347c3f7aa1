-- A load that turns down more than a tenth of its records tells of a source that has changed. Read more: FAQ.md#type-changed
with newest as (
    select max(load_id) as load_id from {{ source('amazon_raw', 'load_reconciliation') }}
),

by_table as (
    select
        reconciliation.table_name,
        sum(reconciliation.rows_in) as rows_in,
        sum(reconciliation.rejected) as rejected

    from {{ source('amazon_raw', 'load_reconciliation') }} as reconciliation
    inner join newest using (load_id)
    group by reconciliation.table_name
)

select *
from by_table
where rows_in >= {{ var('lowest_records_per_load') }}
    and rejected > {{ var('highest_rejected_share') }} * rows_in
