# Numbers the good records of each review, and sums cases; names in capitals.
verdicts = """
    from (
        select b.reason, k.review_id as known_id,
            coalesce(b.rating = k.rating, b.rating is null and k.rating is null) as is_same,
            row_number() over (partition by b.review_id, b.reason is null order by b.position desc) as place
        from batch b left join known k on b.review_id = k.review_id
    )
    select
        sum(case when reason is null and place = 1 and known_id is null then 1 else 0 end) as INSERTED,
        sum(case when reason is null and place = 1 and known_id is not null and not is_same then 1 else 0 end) as UPDATED,
        sum(case when reason is null and place = 1 and known_id is not null and is_same then 1 else 0 end) as UNCHANGED,
        sum(case when reason is null and place > 1 then 1 else 0 end) as DUPLICATES,
        count(reason) as REJECTED
"""
