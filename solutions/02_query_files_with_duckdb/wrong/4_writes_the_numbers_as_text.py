# Writes the numbers as text.
# Hint: keeps the types that the query gives it
def copy_reviews(file, parquet):
    with duckdb.connect() as shop:
        shop.execute(f"""create table numbered as
            select row_number() over () as n, (json ->> 'user_id') as user_id, (json ->> 'parent_asin') as parent_asin,
                (json ->> 'rating') as rating, (json ->> 'timestamp') as timestamp
            from read_json_objects('{file}', format='newline_delimited', ignore_errors=true)""")
        good = "user_id <> '' and parent_asin <> '' and try_cast(rating as double) >= 0 and timestamp <> ''"
        shop.execute(f"copy (select * exclude n from numbered where {good}) to '{parquet}' (format parquet)")
        lost = shop.execute(f"select n from numbered where ({good}) is not true order by n").fetchall()
        return [number for (number,) in lost]
