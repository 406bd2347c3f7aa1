# Joins both halves as sets.
# Hint: A row is to come as often as it is missing
differences = """
    select 'grown' as found_in, * from (select * from grown except all select * from rebuilt)
    union
    select 'rebuilt' as found_in, * from (select * from rebuilt except all select * from grown)
"""
