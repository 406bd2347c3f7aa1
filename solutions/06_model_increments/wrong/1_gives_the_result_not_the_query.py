# Gives the result, not the query.
# Hint: Give the query itself, between `"""` and `"""`
differences = practice.query("select 'grown' as found_in, * from (from grown except all from rebuilt) union all select 'rebuilt' as found_in, * from (from rebuilt except all from grown)")
