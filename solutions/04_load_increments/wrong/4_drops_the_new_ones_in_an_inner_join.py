# Drops the new ones in an inner join.
# Hint: Does a join drop or repeat records?
verdicts = """
    select count(*) filter (where reason is null and known.review_id is null) as inserted,
        count(*) filter (where reason is null and known.rating <> batch.rating) as updated,
        count(*) filter (where reason is null and known.rating = batch.rating) as unchanged,
        0 as duplicates,
        count(*) filter (where reason is not null) as rejected
    from batch join known using (review_id)
"""
