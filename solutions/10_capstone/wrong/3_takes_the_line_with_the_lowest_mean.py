# Takes the line with the lowest mean.
# Hint: always had a low mean
bad_line = """
    select store, leaf_category, date '2025-03-11' as changed_on, avg(rating) as before_mean_rating, avg(rating) as after_mean_rating,
        0.1 as shop_fall, 0.0 as fall_without_line
    from marts.fct_reviews join marts.dim_products using (parent_asin)
    where store is not null and reviewed_on < date '2025-03-11'
    group by all having count(*) >= 40 order by before_mean_rating, store limit 1
"""
