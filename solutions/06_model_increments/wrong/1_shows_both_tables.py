# Shows both tables.
# Hint: These two tables are the same. Compare rows with rows
differences = """
    select 'grown' as found_in, * from grown union all select 'rebuilt', * from rebuilt
"""
