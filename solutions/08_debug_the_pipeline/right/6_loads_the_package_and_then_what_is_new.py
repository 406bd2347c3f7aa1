# Loads the package that waits, and then what is new.
commands = [
    "python data/sandbox/fault/wishlists.py",
    "python data/sandbox/fault/wishlists.py",
    "python dlt_pipelines/amazon_products_pipeline.py --target sandbox --full-refresh",
]
