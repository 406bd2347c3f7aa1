# One union first, then one count over all of it.
fates = """
    from (
        select reason as fate, 1 as record_count, table_name from amazon_raw.rejected_records
        union all by name
        select 'duplicate' as fate, duplicates as record_count, table_name from amazon_raw.load_reconciliation
    )
    select fate, sum(record_count)::integer as record_count
    where table_name like 'review%'
    group by fate
    order by record_count desc
"""
