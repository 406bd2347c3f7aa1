# Marks each review as before or after.
control = """
    with rises as (select parent_asin, cast(valid_from_at as date) as day from marts.dim_product_prices where price >= previous_price * 1.2),
    bad as (select p.parent_asin from marts.dim_products as p join analytics.quality_drops as q on p.store = q.store and p.leaf_category = q.leaf_category),
    sides as (
        select rises.parent_asin, day, r.rating, r.reviewed_on < day as is_before
        from rises join marts.fct_reviews as r on r.parent_asin = rises.parent_asin
        where rises.parent_asin not in (from bad)),
    means as (select parent_asin, day, avg(rating) filter (where is_before) as b, avg(rating) filter (where not is_before) as a,
        count(*) filter (where is_before) as nb, count(*) filter (where not is_before) as na from sides group by all)
    select (select count(*) from rises) as rise_count, count(*) filter (where nb >= 20 and na >= 20) as compared_count,
        sum(case when nb >= 20 and na >= 20 and b - a >= 0.7 then 1 else 0 end) as cost_stars_count from means
"""
