# Misspells a word of SQL.
# Error: LINE 3:     form marts.fct_reviews as r
by_category = """
    select d.category, count(*) as review_count, round(avg(r.rating), 2) as mean_rating
    form marts.fct_reviews as r
    join marts.dim_products as d using (parent_asin)
    group by d.category
"""
