# Adds a row for what was not inserted.
# Hint: is no fate of a record that is missing
fates = """
    select 'duplicate' as fate, sum(duplicates) as record_count
    from amazon_raw.load_reconciliation where table_name = 'reviews'
    union all
    select reason, count(*) from amazon_raw.rejected_records where table_name = 'reviews' group by reason
    union all
    select 'updated', sum(updated) from amazon_raw.load_reconciliation where table_name = 'reviews'
"""
