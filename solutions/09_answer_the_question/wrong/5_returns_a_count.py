# Gives a number of findings, and no lines.
# Hint: no row where there is none
detector = "select count(*) as findings from reviews where rating = 1"
