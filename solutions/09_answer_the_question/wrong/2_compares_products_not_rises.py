# Compares products, not rises.
# Hint: One row per rise: group by product and day. The *day*
control = """
    with rises as (select *, valid_from_at::date as raised_on from marts.dim_product_prices where price >= 1.2 * previous_price),
    compared as (
        select avg(rating) filter (where reviewed_on < raised_on) as before_mean, avg(rating) filter (where reviewed_on >= raised_on) as after_mean
        from rises join marts.fct_reviews using (parent_asin) join marts.dim_products using (parent_asin)
        anti join analytics.quality_drops using (store, leaf_category)
        group by parent_asin
        having count(*) filter (where reviewed_on < raised_on) >= 20 and count(*) filter (where reviewed_on >= raised_on) >= 20)
    select (select count(*) from rises) as rise_count, count(*) as compared_count,
        count(*) filter (where before_mean - after_mean >= 0.7) as cost_stars_count from compared"""
