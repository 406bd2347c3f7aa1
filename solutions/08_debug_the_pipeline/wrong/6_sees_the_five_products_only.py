# Sees the five products only.
# Hint: knows nothing of it
commands = ['python dlt_pipelines/amazon_products_pipeline.py --target sandbox --full-refresh']
