# Looks at the rejects only.
# Hint: half of the answer
fates = """
    select reason as fate, count(*) as record_count from amazon_raw.rejected_records
    where table_name = 'reviews' group by reason
"""
