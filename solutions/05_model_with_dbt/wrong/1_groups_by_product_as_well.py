# Groups by product as well.
# Hint: group by the category and nothing else
by_category = """
    select d.category, count(*) as review_count, round(avg(r.rating), 2) as mean_rating
    from marts.fct_reviews as r
    join marts.dim_products as d using (parent_asin)
    group by d.category, d.parent_asin
"""
