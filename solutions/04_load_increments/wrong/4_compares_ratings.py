# Compares ratings with =.
# Hint: Here ratings are empty
verdicts = """
    with newest as (select *, row_number() over (partition by review_id, reason is null order by position desc) as place from batch)
    select count(*) filter (where reason is null and place = 1 and known.review_id is null) as inserted,
        count(*) filter (where reason is null and place = 1 and known.rating <> newest.rating) as updated,
        count(*) filter (where reason is null and place = 1 and known.rating = newest.rating) as unchanged,
        count(*) filter (where reason is null and place > 1) as duplicates,
        count(*) filter (where reason is not null) as rejected
    from newest left join known using (review_id)
"""
