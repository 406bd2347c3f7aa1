# Two CTEs, the columns in another order, and names in capitals.
fates = """
    with rejected as (
        select reason as fate, count(*) as n from amazon_raw.rejected_records where table_name = 'reviews' group by all
    ),
    twice as (
        select sum(duplicates) as n from amazon_raw.load_reconciliation group by table_name having table_name = 'reviews'
    )
    select n as Record_Count, fate as Fate from rejected
    union all
    select n, 'duplicate' from twice
"""
