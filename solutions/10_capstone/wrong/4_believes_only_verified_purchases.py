# Believes only verified purchases.
# Hint: Unverified reviews of other days stay
bought = """
    select parent_asin, first_on, last_on,
        count(*) filter (where reviewed_on between first_on and last_on and rating = 5 and not is_verified_purchase) as bought_count,
        avg(rating) as mean_rating, avg(rating) filter (where is_verified_purchase) as mean_without_bought
    from analytics.review_bursts join marts.fct_reviews using (parent_asin)
    group by all
"""
