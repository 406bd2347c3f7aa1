# Leaves the package where it is.
# Hint: the package of the day before
commands = ['python data/sandbox/fault/wishlists.py', 'python dlt_pipelines/amazon_products_pipeline.py --target sandbox --full-refresh']
