# Counts each row of both tables with a sign.
differences = """
    with counted as (
        select review_id, reviewed_on, rating, sum(sign) as n from (
            select *, 1 as sign from grown union all select *, -1 from rebuilt) group by all)
    select case when n > 0 then 'grown' else 'rebuilt' end as FOUND_IN, review_id, reviewed_on, rating
    from counted, range(abs(n)::bigint) where n <> 0
"""
