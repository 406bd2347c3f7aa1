# Writes the names of strategies alone.
# Hint: Write each as the example of the task
page_views = "append"
ratings = "merge"
stock_counts = "delete+insert"
