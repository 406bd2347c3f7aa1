# Numbers the copies and looks for each in the other table.
differences = """
    with g as (select *, row_number() over (partition by review_id, reviewed_on, rating) as copy from grown),
    r as (select *, row_number() over (partition by review_id, reviewed_on, rating) as copy from rebuilt)
    select 'grown' as found_in, review_id, reviewed_on, rating from g where not exists (
        select 1 from r where r.review_id is not distinct from g.review_id and r.reviewed_on is not distinct from g.reviewed_on
        and r.rating is not distinct from g.rating and r.copy = g.copy)
    union all
    select 'rebuilt', review_id, reviewed_on, rating from r where not exists (
        select 1 from g where r.review_id is not distinct from g.review_id and r.reviewed_on is not distinct from g.reviewed_on
        and r.rating is not distinct from g.rating and r.copy = g.copy)
"""
