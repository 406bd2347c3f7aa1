# Changes the sides.
# Hint: The product's own ratings in `marts.fct_reviews`,
dear = """
    select parent_asin, raised_on, before_price, after_price,
        round(avg(rating) filter (where reviewed_on >= raised_on), 2) as before_mean_rating,
        round(avg(rating) filter (where reviewed_on < raised_on), 2) as after_mean_rating,
        (select count(*) from marts.dim_product_prices where price >= 1.2 * previous_price) as rise_count
    from analytics.price_rise_effects join marts.fct_reviews using (parent_asin) group by all
"""
