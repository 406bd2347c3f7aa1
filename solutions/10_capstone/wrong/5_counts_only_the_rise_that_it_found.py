# Counts only the rise that it found.
# Hint: is the control
dear = """
    select parent_asin, raised_on, before_price, after_price, before_mean_rating, after_mean_rating, count(*) as rise_count
    from analytics.price_rise_effects group by all
"""
