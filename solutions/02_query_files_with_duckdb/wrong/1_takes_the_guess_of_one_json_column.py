# Takes the guess of one JSON column for granted.
# Hint: has guessed the columns
def by_month(file):
    return f"""
        with reviews as (
            select try_cast((json ->> 'rating') as double) as rating, try_cast((json ->> 'timestamp') as bigint) as timestamp
            from '{file}'
        )
        select date_trunc('month', epoch_ms(timestamp)) as month,
            count(*) as review_count, round(avg(rating), 2) as mean_rating
        from reviews where rating is not null and timestamp is not null
        group by month
    """
