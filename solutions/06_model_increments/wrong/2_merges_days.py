# Merges days.
# Hint: never takes one out
page_views = {"incremental_strategy": "append"}
ratings = {"incremental_strategy": "merge", "unique_key": "review_id"}
stock_counts = {"incremental_strategy": "merge", "unique_key": "counted_on"}
