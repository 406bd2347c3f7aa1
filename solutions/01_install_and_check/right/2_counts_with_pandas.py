# Counts the rows of a DataFrame, and names the columns of nothing.
from contextlib import closing

import duckdb


def count_rows(file, table):
    with closing(duckdb.connect(file)) as shop:
        return shop.sql(f"select count(*) as row_count from {table}").df()["row_count"].iloc[0]
