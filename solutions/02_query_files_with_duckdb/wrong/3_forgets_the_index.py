# Forgets the index.
# Hint: not its index
def value_of(stock, file):
    return duckdb.sql(f"""
        with newest as (select parent_asin, arg_max(price, timestamp) as price from '{file}' group by parent_asin)
        select parent_asin, units, price, round(units * price, 2) as worth
        from stock left join newest using (parent_asin)
    """).df()
