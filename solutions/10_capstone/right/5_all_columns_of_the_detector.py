# All columns of the detector.
dear = """
    select * exclude (before_mean_rating, after_mean_rating), round(before_mean_rating, 2) as before_mean_rating, round(after_mean_rating, 2) as after_mean_rating,
        (select count(*) from marts.dim_product_prices where price >= 1.2 * previous_price) as rise_count
    from analytics.price_rise_effects
"""
