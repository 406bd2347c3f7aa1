# A subquery for each figure.
bad_line = """
    with q as (from analytics.quality_drops order by rating_drop desc limit 1),
    r as (select f.rating, f.reviewed_on < q.changed_on as b, p.store is not distinct from q.store and p.leaf_category is not distinct from q.leaf_category as l
        from marts.fct_reviews as f left join marts.dim_products as p using (parent_asin), q)
    select q.store, q.leaf_category, q.changed_on::varchar as changed_on,
        (select avg(rating) from r where l and b) as before_mean_rating,
        (select avg(rating) from r where l and not b) as after_mean_rating,
        (select avg(rating) from r where b) - (select avg(rating) from r where not b) as shop_fall,
        (select avg(rating) from r where b and not l) - (select avg(rating) from r where not b and not l) as fall_without_line
    from q
"""
