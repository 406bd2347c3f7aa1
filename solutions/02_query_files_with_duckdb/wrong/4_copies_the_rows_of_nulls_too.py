# Copies the rows of nulls too.
# Hint: come from lines that are not good
def copy_reviews(file, parquet):
    with duckdb.connect() as shop:
        shop.execute(f"""create table reviews as from read_json('{file}', format='newline_delimited', records=true, ignore_errors=true,
            columns={{user_id: 'VARCHAR', parent_asin: 'VARCHAR', rating: 'DOUBLE', timestamp: 'BIGINT'}})""")
        shop.execute(f"copy reviews to '{parquet}' (format parquet)")
        return []
