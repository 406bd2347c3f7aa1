# Keeps the counts instead of the connections.
# Hint: at each call
import duckdb

counts = {}


def count_rows(file, table):
    if (file, table) not in counts:
        with duckdb.connect(file) as connection:
            counts[file, table] = connection.execute(f"select count(*) from {table}").fetchone()[0]
    return counts[file, table]
