# Takes the fall of the line from the fall of the shop.
# Hint: of all reviews, and of all but the line's
bad_line = """
    with shop as (
        select avg(rating) filter (where reviewed_on < changed_on) - avg(rating) filter (where reviewed_on >= changed_on) as shop_fall
        from marts.fct_reviews cross join analytics.quality_drops)
    select store, leaf_category, changed_on, before_mean_rating, after_mean_rating, shop_fall, shop_fall - rating_drop as fall_without_line
    from analytics.quality_drops cross join shop
"""
