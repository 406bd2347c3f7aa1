# Appends everything.
# Hint: never looks at what is there
page_views = {"incremental_strategy": "append"}
ratings = {"incremental_strategy": "append"}
stock_counts = {"incremental_strategy": "append"}
