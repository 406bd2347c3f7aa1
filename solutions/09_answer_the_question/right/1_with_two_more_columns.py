# With two more columns.
by_line = """
    select store, leaf_category, product_line,
        count(*) filter (where reviewed_on < date '2025-04-01') as before_count,
        round(avg(rating) filter (where reviewed_on < date '2025-04-01'), 2) as before_mean_rating,
        count(*) filter (where reviewed_on >= date '2025-04-01') as after_count,
        round(avg(rating) filter (where reviewed_on >= date '2025-04-01'), 2) as after_mean_rating
    from marts.fct_reviews join marts.dim_products using (parent_asin)
    where product_line is not null group by all
    having before_count >= 40 and after_count >= 40
"""
