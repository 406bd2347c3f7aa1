# Names the timestamp as a timestamp.
# Hint: fits no line
def by_month(file):
    return f"""
        select date_trunc('month', timestamp) as month,
            count(*) as review_count, round(avg(rating), 2) as mean_rating
        from read_json('{file}', ignore_errors=true, columns={{rating: 'DOUBLE', timestamp: 'TIMESTAMP'}})
        where rating is not null and timestamp is not null
        group by month
    """
