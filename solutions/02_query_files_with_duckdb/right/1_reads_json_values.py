# Reads each line as one JSON value and casts its fields, in CTEs; the columns in another order.
def by_month(file):
    return f"""
        with lines as (
            select json from read_json_objects('{file}', format='newline_delimited', ignore_errors=true)
        ),
        reviews as (
            select try_cast(json ->> 'rating' as double) as rating, try_cast(json ->> 'timestamp' as bigint) as moment
            from lines
        )
        select round(avg(rating), 2) as mean_rating, count(*) as review_count, date_trunc('month', epoch_ms(moment)) as month
        from reviews
        where rating is not null and moment is not null
        group by all
    """
