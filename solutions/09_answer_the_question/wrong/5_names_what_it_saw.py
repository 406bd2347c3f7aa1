# Names the line of the market that it was tried on.
# Hint: Compute from the table
detector = "select 'Mirennaholt / Trekking Poles' as product_line"
