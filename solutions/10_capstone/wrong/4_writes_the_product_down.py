# Writes the product down.
# Hint: It is right for this shop only, so something in it is
bought = """
    with t as (select *, rating = 5 and not is_verified_purchase and reviewed_on between date '2025-04-24' and date '2025-04-26' as is_bought from marts.fct_reviews where parent_asin = 'B0ZPL9V59I')
    select parent_asin, date '2025-04-24' as first_on, date '2025-04-26' as last_on, count(*) filter (where is_bought) as bought_count, avg(rating) as mean_rating,
        avg(rating) filter (where not is_bought) as mean_without_bought from t group by all
"""
