# Names the table that lacks the row.
# Hint: `found_in` names the table that *has* the row, and
differences = """
    select 'rebuilt' as found_in, * from (select * from grown except all select * from rebuilt)
    union all
    select 'grown' as found_in, * from (select * from rebuilt except all select * from grown)
"""
