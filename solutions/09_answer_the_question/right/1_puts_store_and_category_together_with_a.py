# Puts store and category together with a comma.
by_line = """
    select p.store || ', ' || p.leaf_category as product_line,
        count(*) filter (where reviewed_on < date '2025-04-01') as before_count,
        round(avg(rating) filter (where reviewed_on < date '2025-04-01'), 2) as before_mean_rating,
        count(*) filter (where reviewed_on >= date '2025-04-01') as after_count,
        round(avg(rating) filter (where reviewed_on >= date '2025-04-01'), 2) as after_mean_rating
    from marts.fct_reviews join marts.dim_products as p using (parent_asin)
    where p.store is not null and p.leaf_category is not null
    group by 1
    having before_count >= 40 and after_count >= 40
"""
