# Replaces stock shelf by shelf.
# Hint: What is replaced is the day
page_views = {"incremental_strategy": "append"}
ratings = {"incremental_strategy": "merge", "unique_key": "review_id"}
stock_counts = {"incremental_strategy": "delete+insert", "unique_key": ["counted_on", "shelf"]}
