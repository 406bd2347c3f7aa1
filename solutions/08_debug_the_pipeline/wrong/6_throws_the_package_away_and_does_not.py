# Throws the package away, and does not load.
# Hint: still at the source only
commands = ['course dlt --target sandbox -y pipeline wishlists abort-packages', 'python dlt_pipelines/amazon_products_pipeline.py --target sandbox --full-refresh']
