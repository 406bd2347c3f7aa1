# Asks for a z-score of 7.
# Hint: Lower its threshold
detector = """
    with sides as (
        select product_line, day,
            count(*) filter (where reviewed_on < day) as n, count(*) filter (where reviewed_on >= day) as m,
            avg(rating) filter (where reviewed_on < day) - avg(rating) filter (where reviewed_on >= day) as fall,
            var_samp(rating) filter (where reviewed_on < day) as v,
            var_samp(rating) filter (where reviewed_on >= day) as w
        from reviews,
            (select unnest(range(date '2024-04-01', date '2025-10-01', interval 1 month))::date as day)
        where product_line is not null group by all
    )
    select distinct product_line from sides
    where least(n, m) >= 20 and fall >= 0.7 and fall / sqrt(v / n + w / m) >= 7
"""
