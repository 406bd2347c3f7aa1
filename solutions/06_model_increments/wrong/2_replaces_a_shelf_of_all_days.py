# Replaces a shelf of all days.
# Hint: Counts of a day that did not come again are gone
page_views = {"incremental_strategy": "append"}
ratings = {"incremental_strategy": "merge", "unique_key": "review_id"}
stock_counts = {"incremental_strategy": "delete+insert", "unique_key": "shelf"}
