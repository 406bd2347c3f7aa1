# Lets a reject take the place of a good record.
# Hint: A reject is a reject
verdicts = """
    with newest as (select *, row_number() over (partition by review_id order by position desc) as place from batch)
    select count(*) filter (where reason is null and place = 1 and known.review_id is null) as inserted,
        count(*) filter (where reason is null and place = 1 and known.review_id is not null
            and known.rating is distinct from newest.rating) as updated,
        count(*) filter (where reason is null and place = 1 and known.review_id is not null
            and known.rating is not distinct from newest.rating) as unchanged,
        count(*) filter (where reason is null and place > 1) as duplicates,
        count(*) filter (where reason is not null) as rejected
    from newest left join known using (review_id)
"""
