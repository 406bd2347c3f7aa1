"""Extract and load: products, prices and reviews into DuckDB with dlt."""

import gc

# dlt, dbt and pandas make hundreds of thousands of objects as they are imported, and all of them stay. Looked through for garbage
# after as few new ones as Python waits for by itself (700 in 3.11), a start takes a fifth longer.
gc.set_threshold(20_000, *gc.get_threshold()[1:])
