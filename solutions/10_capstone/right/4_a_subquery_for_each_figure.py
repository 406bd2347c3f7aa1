# A subquery for each figure.
bought = """
    with b as (from analytics.review_bursts),
    five as (select r.review_id from marts.fct_reviews as r, b where r.parent_asin = b.parent_asin and r.rating = 5
        and not coalesce(r.is_verified_purchase, false) and r.reviewed_on between b.first_on and b.last_on)
    select b.parent_asin, b.first_on, b.last_on, (select count(*) from five) as bought_count,
        (select avg(rating) from marts.fct_reviews as r where r.parent_asin = b.parent_asin) as mean_rating,
        (select avg(rating) from marts.fct_reviews as r where r.parent_asin = b.parent_asin and review_id not in (from five)) as mean_without_bought
    from b
"""
