# Takes the line with the lowest mean of all.
# Hint: need not have fallen
detector = """
    select product_line from reviews where product_line is not null
    group by product_line order by avg(rating) limit 1
"""
