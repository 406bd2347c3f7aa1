# Compares with signs that say nothing of nulls.
# Hint: A null is not equal to a null
differences = """
    select 'grown' as found_in, * from grown
    where not exists (select 1 from rebuilt as r where r.review_id = grown.review_id and r.rating = grown.rating)
    union all
    select 'rebuilt' as found_in, * from rebuilt
    where not exists (select 1 from grown as g where g.review_id = rebuilt.review_id and g.rating = rebuilt.rating)
"""
