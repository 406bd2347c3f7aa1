# Keeps the first record of an id.
# Hint: all but the record with the highest position
verdicts = """
    with oldest as (select *, row_number() over (partition by review_id, reason is null order by position) as place from batch)
    select count(*) filter (where reason is null and place = 1 and known.review_id is null) as inserted,
        count(*) filter (where reason is null and place = 1 and known.review_id is not null
            and known.rating is distinct from oldest.rating) as updated,
        count(*) filter (where reason is null and place = 1 and known.review_id is not null
            and known.rating is not distinct from oldest.rating) as unchanged,
        count(*) filter (where reason is null and place > 1) as duplicates,
        count(*) filter (where reason is not null) as rejected
    from oldest left join known using (review_id)
"""
