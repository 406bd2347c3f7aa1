# Counts ratings instead of rows, and makes the month a date.
def by_month(file):
    return f"""
        select date_trunc('month', make_timestamp(timestamp * 1000))::date as month,
            count(rating) as review_count, round(sum(rating) / count(rating), 2) as mean_rating
        from read_json('{file}', columns={{'rating': 'DOUBLE', 'timestamp': 'BIGINT'}},
            format='nd', ignore_errors=true)
        where timestamp is not null
        group by 1
        having count(rating) > 0
    """
