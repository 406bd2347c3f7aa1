# Compares the keys only.
# Hint: An edited row differs
differences = """
    select 'grown' as found_in, * from grown where review_id not in (select review_id from rebuilt)
    union all
    select 'rebuilt' as found_in, * from rebuilt where review_id not in (select review_id from grown)
"""
