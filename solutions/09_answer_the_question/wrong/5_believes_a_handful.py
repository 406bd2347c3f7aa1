# Asks for no least number of reviews.
# Hint: least number of reviews
detector = """
    select product_line from reviews where product_line is not null group by product_line
    having avg(rating) filter (where reviewed_on < date '2025-03-01')
        - avg(rating) filter (where reviewed_on >= date '2025-03-01') >= 0.7
"""
