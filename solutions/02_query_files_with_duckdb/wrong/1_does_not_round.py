# Does not round the mean.
# Hint: how you make `mean_rating`; `month` and `review_count` are right
def by_month(file):
    return f"""
        select date_trunc('month', epoch_ms(timestamp)) as month, count(*) as review_count, avg(rating) as mean_rating
        from read_json('{file}', format='newline_delimited', records=true, ignore_errors=true,
            columns={{rating: 'DOUBLE', timestamp: 'BIGINT'}})
        where rating is not null and timestamp is not null
        group by month
    """
