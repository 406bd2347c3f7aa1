# Takes all five stars without a purchase.
# Hint: Bought are the five-star reviews without a purchase on
bought = """
    with t as (select *, rating = 5 and not is_verified_purchase as is_bought from analytics.review_bursts join marts.fct_reviews using (parent_asin))
    select parent_asin, first_on, last_on, count(*) filter (where is_bought) as bought_count, avg(rating) as mean_rating,
        avg(rating) filter (where not is_bought) as mean_without_bought from t group by all
"""
