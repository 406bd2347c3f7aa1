# Gives no figures.
# Hint: Give the evidence in figures
answer = "The pet bowls of Velevalark have become worse since 11 March 2025. Talk to the supplier."
