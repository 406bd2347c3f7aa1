# Dates the line by the day on which a price rose.
# Hint: Other findings have days of their own
answer = "The Pet Bowls of Velevalark went bad on 3 March 2025, when a price rose: 4.3 stars before, 2.1 after, in 899 reviews."
