# Takes the mean of the products' means, without any join.
# Hint: mean of the products' means
by_category = """
    select category, sum(review_count)::bigint as review_count, round(avg(mean_rating), 2) as mean_rating
    from marts.dim_products
    group by category
"""
