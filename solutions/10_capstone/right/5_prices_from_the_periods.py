# Prices from the periods.
dear = """
    with rise as (select e.parent_asin, e.raised_on, d.previous_price as before_price, d.price as after_price
        from analytics.price_rise_effects as e join marts.dim_product_prices as d on d.parent_asin = e.parent_asin and d.valid_from_at::date = e.raised_on),
    n as (select count(*) as rise_count from marts.dim_product_prices where price / previous_price >= 1.2)
    select rise.*, rise_count,
        (select avg(rating) from marts.fct_reviews as r where r.parent_asin = rise.parent_asin and r.reviewed_on < rise.raised_on) as before_mean_rating,
        (select avg(rating) from marts.fct_reviews as r where r.parent_asin = rise.parent_asin and r.reviewed_on >= rise.raised_on) as after_mean_rating
    from rise, n
"""
