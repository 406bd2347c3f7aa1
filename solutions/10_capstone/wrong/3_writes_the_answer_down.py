# Writes the answer down.
# Hint: right for this shop only
bad_line = """
    select 'Velevalark' as store, 'Pet Bowls' as leaf_category, date '2025-03-11' as changed_on, 4.34 as before_mean_rating,
        2.12 as after_mean_rating, 0.086 as shop_fall, 0.021 as fall_without_line
"""
