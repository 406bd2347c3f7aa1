# One CTE for the newest good records, then counts from subqueries; the columns in another order.
verdicts = """
    with good as (select * from batch where reason is null),
    newest as (select review_id, arg_max_null(rating, position) as rating from good group by review_id),
    paired as (
        select n.review_id, n.rating, k.review_id as known_id, k.rating as known_rating
        from newest n left join known k on k.review_id = n.review_id
    )
    select
        (select count(*) from batch where reason is not null) as rejected,
        (select count(*) from good) - (select count(*) from newest) as duplicates,
        (select count(*) from paired where known_id is null) as inserted,
        (select count(*) from paired where known_id is not null and rating is distinct from known_rating) as updated,
        (select count(*) from paired where known_id is not null and rating is not distinct from known_rating) as unchanged
"""
