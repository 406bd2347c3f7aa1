# Takes an edit for unchanged, and the other way round.
# Hint: A record is unchanged if
verdicts = """
    with newest as (
        select review_id, rating from batch where reason is null
        qualify row_number() over (partition by review_id order by position desc) = 1
    )
    select count(*) filter (where known.review_id is null) as inserted,
        count(*) filter (where known.review_id is not null and newest.rating is not distinct from known.rating) as updated,
        count(*) filter (where known.review_id is not null and newest.rating is distinct from known.rating) as unchanged,
        (select count(*) from batch where reason is null) - count(*) as duplicates,
        (select count(*) from batch where reason is not null) as rejected
    from newest left join known using (review_id)
"""
