# Closes, and hides the error.
# Hint: Do not catch
import duckdb


def count_rows(file, table):
    with duckdb.connect(file) as connection:
        try:
            return connection.execute(f"select count(*) from {table}").fetchone()[0]
        except duckdb.Error:
            return 0
