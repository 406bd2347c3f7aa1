# Two CTEs, other columns first.
differences = """
    with only_grown as (from grown except all from rebuilt),
    only_rebuilt as (from rebuilt except all from grown)
    select review_id, reviewed_on, rating, 'grown' as found_in from only_grown
    union all by name
    select review_id, reviewed_on, rating, 'rebuilt' as found_in from only_rebuilt;
"""
