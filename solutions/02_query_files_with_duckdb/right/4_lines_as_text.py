# Reads the file as text, numbers the lines, and looks into each with JSON functions.
def copy_reviews(file, parquet):
    with duckdb.connect() as shop:
        shop.execute(f"""
            create table lines as
            with texts as (
                select unnest(string_split(rtrim(content, chr(10)), chr(10))) as line, generate_subscripts(
                    string_split(rtrim(content, chr(10)), chr(10)), 1) as line_number
                from read_text('{file}')
            ),
            parsed as (select line_number, case when json_valid(line) then line::json end as record from texts)
            select line_number, record ->> '$.user_id' as user_id, record ->> '$.parent_asin' as parent_asin,
                try_cast(record ->> '$.rating' as double) as rating, try_cast(record ->> '$.timestamp' as bigint) as timestamp
            from parsed
        """)
        is_good = "user_id || parent_asin is not null and rating + timestamp is not null"
        shop.execute(f"copy (select timestamp, rating, parent_asin, user_id from lines where {is_good}) to '{parquet}'")
        lost = shop.sql(f"select line_number from lines where not ({is_good}) order by 1").df()
    return lost.line_number.tolist()
