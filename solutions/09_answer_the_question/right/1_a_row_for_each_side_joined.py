# A row for each side, joined.
by_line = """
    with sides as (select product_line, reviewed_on >= date '2025-04-01' as is_after, count(*) as n, round(sum(rating)::double / count(*), 2) as m
        from marts.fct_reviews join marts.dim_products using (parent_asin) group by all)
    select b.product_line, b.n as before_count, b.m as before_mean_rating, a.n as after_count, a.m as after_mean_rating
    from sides as b join sides as a using (product_line) where a.is_after and not b.is_after and a.n >= 40 and b.n >= 40
    order by a.m;
"""
