"""How long things take: DuckDB beside other engines, the load beside other ways to load, the
pipeline at several sizes.
"""
