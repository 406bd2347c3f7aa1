# Forgets the key.
# Hint: Without a `unique_key`
page_views = {"incremental_strategy": "append"}
ratings = {"incremental_strategy": "delete+insert"}
stock_counts = {"incremental_strategy": "delete+insert", "unique_key": "counted_on"}
