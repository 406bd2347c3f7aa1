# Asks a table that there is not.
# Error: Catalog Error: Table with name bach does not exist
verdicts = "select count(*) as inserted, 0 as updated, 0 as unchanged, 0 as duplicates, 0 as rejected from bach"
