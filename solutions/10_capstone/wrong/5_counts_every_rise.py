# Counts every rise.
# Hint: `rise_count` is the control
dear = """
    select parent_asin, raised_on, before_price, after_price, before_mean_rating, after_mean_rating,
        (select count(*) from marts.dim_product_prices where price > previous_price) as rise_count
    from analytics.price_rise_effects
"""
