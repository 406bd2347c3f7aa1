# Returns the row instead of its value.
# Hint: fetchone()[0]
def count_rows(file, table):
    with duckdb.connect(file) as connection:
        return connection.execute(f"select count(*) from {table}").fetchone()
