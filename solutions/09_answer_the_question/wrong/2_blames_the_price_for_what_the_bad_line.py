# Blames the price for what the bad line did.
# Hint: for another reason
control = """
    with rises as (
        select parent_asin, valid_from_at::date as raised_on from marts.dim_product_prices where price >= 1.2 * previous_price),
    compared as (
        select parent_asin, raised_on,
            avg(rating) filter (where reviewed_on < raised_on) - avg(rating) filter (where reviewed_on >= raised_on) as fall
        from rises join marts.fct_reviews using (parent_asin)
        group by all
        having count(*) filter (where reviewed_on < raised_on) >= 20 and count(*) filter (where reviewed_on >= raised_on) >= 20)
    select (select count(*) from rises) as rise_count, count(*) as compared_count,
        count(*) filter (where fall >= 0.7) as cost_stars_count
    from compared
"""
