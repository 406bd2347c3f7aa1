# Days as text and as time.
bought = """
    select b.parent_asin, strftime(b.first_on, '%Y-%m-%d') as first_on, b.last_on::timestamp as last_on,
        sum((reviewed_on between first_on and last_on and rating = 5 and is_verified_purchase = false)::int) as bought_count,
        round(avg(rating), 3) as mean_rating,
        round(avg(case when reviewed_on between first_on and last_on and rating = 5 and not is_verified_purchase then null else rating end), 3) as mean_without_bought
    from analytics.review_bursts as b join marts.fct_reviews using (parent_asin) group by 1, 2, 3
"""
