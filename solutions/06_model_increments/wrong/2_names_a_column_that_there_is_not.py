# Names a column that there is not.
# Hint: A `unique_key` names a column of the table, or a list
page_views = {"incremental_strategy": "append"}
ratings = {"incremental_strategy": "merge", "unique_key": "id"}
stock_counts = {"incremental_strategy": "delete+insert", "unique_key": "counted_on"}
