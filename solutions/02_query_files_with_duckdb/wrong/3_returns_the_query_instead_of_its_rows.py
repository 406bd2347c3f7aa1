# Returns the query instead of its rows.
# Hint: `.df()` turns
def value_of(stock, file):
    rows = stock.reset_index()
    return duckdb.sql(f"""
        with newest as (select parent_asin, arg_max(price, timestamp) as price from '{file}' group by parent_asin)
        select parent_asin, units, price, round(units * price, 2) as worth
        from rows left join newest using (parent_asin)
    """)
