# With the name of the day.
answer = "The Pet Bowls of Velevalark: since Tuesday, 11-Mar-2025, 420 reviews with 2.1 stars."
