# Takes the largest rise.
# Hint: not yet a resented one
dear = """
    select parent_asin, valid_from_at::date as raised_on, previous_price as before_price, price as after_price,
        4.4 as before_mean_rating, 3.1 as after_mean_rating,
        (select count(*) from marts.dim_product_prices where price >= 1.2 * previous_price) as rise_count
    from marts.dim_product_prices order by price / previous_price desc nulls last, parent_asin limit 1
"""
