# Suspects the product with the most five-star reviews.
# Hint: no proof
bought = """
    select parent_asin, min(reviewed_on) as first_on, max(reviewed_on) as last_on, count(*) as bought_count,
        5 as mean_rating, 5 as mean_without_bought
    from marts.fct_reviews where rating = 5 and not is_verified_purchase
    group by parent_asin order by bought_count desc, parent_asin limit 1 offset 1
"""
