# Groups by review, and gives a row for each.
# Hint: without a `group by`
verdicts = """
    select count(*) filter (where known.review_id is null) as inserted, 0 as updated, 0 as unchanged, 0 as duplicates, count(reason) as rejected
    from batch left join known using (review_id)
    group by batch.review_id
"""
