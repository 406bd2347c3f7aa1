# Counts rises with hardly any reviews.
# Hint: handful of reviews on one side
control = """
    with rises as (
        select parent_asin, valid_from_at::date as raised_on from marts.dim_product_prices where price >= 1.2 * previous_price),
    compared as (
        select parent_asin, raised_on,
            avg(rating) filter (where reviewed_on < raised_on) - avg(rating) filter (where reviewed_on >= raised_on) as fall
        from rises join marts.fct_reviews using (parent_asin)
        join marts.dim_products as p using (parent_asin)
        where p.product_line not in (select store || ' / ' || leaf_category from analytics.quality_drops) or p.product_line is null
        group by all)
    select (select count(*) from rises) as rise_count, count(*) as compared_count,
        count(*) filter (where fall >= 0.7) as cost_stars_count
    from compared
"""
