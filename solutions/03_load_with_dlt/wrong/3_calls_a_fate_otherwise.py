# Calls the fate of a duplicate otherwise.
# Hint: not `duplicates`
fates = """select 'duplicates' as fate, sum(duplicates) as record_count from amazon_raw.load_reconciliation where table_name='reviews'
union all select reason, count(*) from amazon_raw.rejected_records where table_name='reviews' group by all"""
