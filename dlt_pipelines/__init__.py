"""Extract and load: products, prices and reviews into DuckDB with dlt."""

import gc

# dlt, dbt and pandas make hundreds of thousands of objects as they are imported, and all of them stay. Looked through for garbage
# after every 700 new ones, as Python does by itself, a start takes a fifth longer.
gc.set_threshold(20_000, *gc.get_threshold()[1:])
