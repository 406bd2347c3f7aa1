# Closes after the query, which an error skips.
# Hint: never reached
import duckdb


def count_rows(file, table):
    connection = duckdb.connect(file)
    count = connection.execute(f"select count(*) from {table}").fetchone()[0]
    connection.close()
    return count
