# Gives page views a key that they do not have.
# Hint: Views are never changed
page_views = {"incremental_strategy": "delete+insert", "unique_key": ["parent_asin", "viewed_on"]}
ratings = {"incremental_strategy": "merge", "unique_key": "review_id"}
stock_counts = {"incremental_strategy": "delete+insert", "unique_key": "counted_on"}
