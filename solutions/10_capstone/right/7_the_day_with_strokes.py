# The day with strokes.
answer = "Velevalark, Pet Bowls: since 2025/03/11 the mean fell from 4.34 to 2.12 stars."
