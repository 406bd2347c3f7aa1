# Looks one way only.
# Hint: `except` looks one way
differences = """
    select 'grown' as found_in, * from (select * from grown except all select * from rebuilt)
"""
