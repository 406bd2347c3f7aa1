# Counts where ratings rose.
# Hint: Counted are rises after which the mean was lower by
control = """
    with rises as (select *, valid_from_at::date as raised_on from marts.dim_product_prices where price >= 1.2 * previous_price),
    compared as (
        select avg(rating) filter (where reviewed_on < raised_on) as before_mean, avg(rating) filter (where reviewed_on >= raised_on) as after_mean
        from rises join marts.fct_reviews using (parent_asin) join marts.dim_products using (parent_asin)
        anti join analytics.quality_drops using (store, leaf_category)
        group by parent_asin, raised_on
        having count(*) filter (where reviewed_on < raised_on) >= 20 and count(*) filter (where reviewed_on >= raised_on) >= 20)
    select (select count(*) from rises) as rise_count, count(*) as compared_count,
        count(*) filter (where after_mean - before_mean >= 0.7) as cost_stars_count from compared"""
