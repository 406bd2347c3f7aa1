# Gives `append` a key, which it does not look at.
page_views = {"unique_key": ["parent_asin", "viewed_on"], "incremental_strategy": "append"}
ratings = {"incremental_strategy": "delete+insert", "unique_key": "review_id"}
stock_counts = {"incremental_strategy": "delete+insert", "unique_key": "counted_on"}
