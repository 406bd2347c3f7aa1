# Takes a duplicate row for each file.
# Hint: from two files
fates = """
    select 'duplicate' as fate, duplicates as record_count from amazon_raw.load_reconciliation where table_name = 'reviews'
    union all
    select reason, count(*) from amazon_raw.rejected_records where table_name = 'reviews' group by reason
"""
