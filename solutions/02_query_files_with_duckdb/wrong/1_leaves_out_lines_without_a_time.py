# Leaves out lines without a time, and counts a rating in words.
# Hint: `count(*)` counts its row
def by_month(file):
    return f"""
        select date_trunc('month', epoch_ms(timestamp)) as month,
            count(*) as review_count, round(avg(rating), 2) as mean_rating
        from read_json('{file}', ignore_errors=true, columns={{rating: 'DOUBLE', timestamp: 'BIGINT'}})
        where timestamp is not null
        group by month
    """
