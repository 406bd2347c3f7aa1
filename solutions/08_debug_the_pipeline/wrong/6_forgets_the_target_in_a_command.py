# Forgets the target in a command.
# Hint: It would work on another target, so it was not run
commands = [
    "course dlt --target sandbox -y pipeline wishlists abort-packages",
    "python data/sandbox/fault/wishlists.py",
    "python dlt_pipelines/amazon_products_pipeline.py --full-refresh",
]
