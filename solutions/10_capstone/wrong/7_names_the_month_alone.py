# Names the month alone.
# Hint: Say since when the line is bad, as exercise 3 found
answer = "The Pet Bowls of Velevalark went bad in March 2025: 2.1 stars after 4.3."
