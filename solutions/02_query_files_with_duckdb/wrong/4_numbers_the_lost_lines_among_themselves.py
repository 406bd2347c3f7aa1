# Numbers the lost lines among themselves.
# Hint: numbered among themselves
def copy_reviews(file, parquet):
    with duckdb.connect() as shop:
        shop.execute(f"""create table reviews as from read_json('{file}', format='newline_delimited', records=true, ignore_errors=true,
            columns={{user_id: 'VARCHAR', parent_asin: 'VARCHAR', rating: 'DOUBLE', timestamp: 'BIGINT'}})""")
        good = "user_id is not null and parent_asin is not null and rating is not null and timestamp is not null"
        shop.execute(f"copy (from reviews where {good}) to '{parquet}' (format parquet)")
        lost = shop.execute(f"select row_number() over () from reviews where not ({good})").fetchall()
        return [number for (number,) in lost]
