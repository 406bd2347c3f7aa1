# Treats tables as sets.
# Hint: A set knows no copies
differences = """
    select 'grown' as found_in, * from (select * from grown except select * from rebuilt)
    union all
    select 'rebuilt' as found_in, * from (select * from rebuilt except select * from grown)
"""
