# Ignores errors, and counts the rows of nulls.
# Hint: becomes a row of nulls
def by_month(file):
    return f"""
        select date_trunc('month', epoch_ms(timestamp)) as month,
            count(*) as review_count, round(avg(rating), 2) as mean_rating
        from read_json('{file}', ignore_errors=true, columns={{rating: 'DOUBLE', timestamp: 'BIGINT'}})
        group by month
    """
