# Makes no table anew.
# Hint: Let it make the tables anew
commands = ['course dlt --target sandbox -y pipeline wishlists abort-packages', 'python data/sandbox/fault/wishlists.py', 'python dlt_pipelines/amazon_products_pipeline.py --target sandbox']
