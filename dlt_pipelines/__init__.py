"""Extract and load: products, prices and reviews into DuckDB with dlt."""
