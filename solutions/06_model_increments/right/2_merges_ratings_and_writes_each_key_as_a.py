# Merges ratings, and writes each key as a list.
page_views = {"incremental_strategy": "append"}
ratings = {"incremental_strategy": "merge", "unique_key": ["review_id"]}
stock_counts = {"incremental_strategy": "delete+insert", "unique_key": ["counted_on"]}
