# Writes single braces in an f-string.
# Hint: are doubled
# Error: NameError: name 'rating' is not defined
def by_month(file):
    return f"""
        select date_trunc('month', epoch_ms(timestamp)) as month, count(*) as review_count, round(avg(rating), 2) as mean_rating
        from read_json('{file}', format='newline_delimited', columns={rating: 'DOUBLE', timestamp: 'BIGINT'})
        group by month
    """
