# Judges further than asked: keeps ratings from 1 to 5 only.
# Hint: whatever number it is
def by_month(file):
    return f"""
        select date_trunc('month', epoch_ms(timestamp)) as month, count(*) as review_count, round(avg(rating), 2) as mean_rating
        from read_json('{file}', format='newline_delimited', records=true, ignore_errors=true,
            columns={{rating: 'DOUBLE', timestamp: 'BIGINT'}})
        where rating between 1 and 5 and timestamp is not null
        group by month
    """
