# A window function picks the newest price; DuckDB finds the DataFrame by its name.
def value_of(stock, file):
    counted = stock.rename_axis("parent_asin").reset_index()
    return duckdb.sql(f"""
        select round(price * units, 2) as worth, price, units, parent_asin
        from counted left join (
            from read_json('{file}', format='newline_delimited')
            select parent_asin, price
            qualify row_number() over (partition by parent_asin order by timestamp desc) = 1
        ) using (parent_asin)
    """).df()
