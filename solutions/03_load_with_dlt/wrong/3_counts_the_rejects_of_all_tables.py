# Counts the rejects of all tables.
# Hint: Both ledgers speak of all tables
fates = """
    select 'duplicate' as fate, duplicates as record_count from amazon_raw.load_reconciliation where table_name = 'reviews'
    union all
    select reason, count(*) from amazon_raw.rejected_records group by reason
"""
