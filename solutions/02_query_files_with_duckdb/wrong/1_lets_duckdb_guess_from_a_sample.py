# Lets DuckDB guess from a sample.
# Hint: Some lines are not what the types say
def by_month(file):
    return f"""
        select date_trunc('month', epoch_ms(timestamp)) as month,
            count(*) as review_count, round(avg(rating), 2) as mean_rating
        from read_json('{file}', sample_size=1000)
        group by month
    """
