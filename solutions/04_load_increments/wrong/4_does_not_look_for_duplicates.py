# Does not look for duplicates.
# Hint: comes more than once in the batch
verdicts = """
    select count(*) filter (where reason is null and known.review_id is null) as inserted,
        count(*) filter (where reason is null and known.rating <> batch.rating) as updated,
        count(*) filter (where reason is null and known.rating = batch.rating) as unchanged,
        0 as duplicates,
        count(*) filter (where reason is not null) as rejected
    from batch left join known using (review_id)
"""
