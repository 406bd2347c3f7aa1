# Short, the month first.
answer = """Velevalark's pet bowls went bad around March 11, 2025: 4.3 stars before, 2.1 after."""
