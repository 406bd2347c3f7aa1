# Without -y: dlt asks, and is told yes. Given as one text.
commands = """
course dlt --target sandbox pipeline wishlists abort-packages
python data/sandbox/fault/wishlists.py
python dlt_pipelines/amazon_products_pipeline.py --target sandbox --full-refresh
"""
