# Indents a line by one space too few.
# Error: Syntax error near line 8
fct_reviews_yml = """
models:
  - name: fct_reviews
    columns:
      - name: rating
        data_tests:
          - within_range:
              arguments: {lowest: 1, highest: 5}
             config: {severity: error}
"""
