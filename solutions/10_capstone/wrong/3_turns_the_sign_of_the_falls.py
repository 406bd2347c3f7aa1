# Turns the sign of the falls.
# Hint: Both falls are of means over reviews, before the
bad_line = """
    with reviews as (
        select q.store, q.leaf_category, q.changed_on, r.rating, r.reviewed_on >= q.changed_on as is_after,
            coalesce(p.store = q.store and p.leaf_category = q.leaf_category, false) as is_line
        from marts.fct_reviews as r left join marts.dim_products as p using (parent_asin) cross join analytics.quality_drops as q)
    select store, leaf_category, changed_on,
        avg(case when is_line and not is_after then rating end) as before_mean_rating,
        avg(case when is_line and is_after then rating end) as after_mean_rating,
        avg(case when is_after then rating end) - avg(case when not is_after then rating end) as shop_fall,
        avg(case when not is_line and is_after then rating end) - avg(case when not is_line and not is_after then rating end) as fall_without_line
    from reviews group by all
"""
