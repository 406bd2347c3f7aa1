# Goes to the category, which hides it as well.
# Hint: The grain asked for
by_line = """
    select leaf_category,
        count(*) filter (where reviewed_on < date '2025-04-01') as before_count,
        round(avg(rating) filter (where reviewed_on < date '2025-04-01'), 2) as before_mean_rating,
        count(*) filter (where reviewed_on >= date '2025-04-01') as after_count,
        round(avg(rating) filter (where reviewed_on >= date '2025-04-01'), 2) as after_mean_rating
    from marts.fct_reviews join marts.dim_products using (parent_asin)
    group by leaf_category
    having before_count >= 40 and after_count >= 40
"""
