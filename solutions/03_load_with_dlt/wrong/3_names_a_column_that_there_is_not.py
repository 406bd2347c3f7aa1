# Asks for a column that there is not.
# Error: Binder Error: Referenced column "cause" not found
fates = """
    select 'duplicate' as fate, sum(duplicates) as record_count
    from amazon_raw.load_reconciliation where table_name = 'reviews'
    union all
    select cause, count(*) from amazon_raw.rejected_records where table_name = 'reviews' group by cause
"""
