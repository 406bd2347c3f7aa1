# Loses the rises that nobody reviewed.
# Hint: before any is left out
control = """
    with rises as (
        select parent_asin, valid_from_at::date as raised_on from marts.dim_product_prices where price >= 1.2 * previous_price),
    compared as (
        select parent_asin, raised_on, count(*) filter (where reviewed_on < raised_on) as before_count,
            count(*) filter (where reviewed_on >= raised_on) as after_count,
            avg(rating) filter (where reviewed_on < raised_on) - avg(rating) filter (where reviewed_on >= raised_on) as fall
        from rises join marts.fct_reviews using (parent_asin)
        group by all)
    select count(*) as rise_count, count(*) filter (where least(before_count, after_count) >= 20) as compared_count,
        count(*) filter (where least(before_count, after_count) >= 20 and fall >= 0.7) as cost_stars_count
    from compared
"""
