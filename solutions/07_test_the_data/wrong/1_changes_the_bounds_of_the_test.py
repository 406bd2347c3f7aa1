# Changes the bounds of the test.
# Hint: Both were green before
fct_reviews_yml = """
models:
  - name: fct_reviews
    columns:
      - name: rating
        data_tests:
          - within_range:
              arguments: {lowest: 2, highest: 5}
      - name: parent_asin
        data_tests:
          - relationships:
              arguments: {to: ref('dim_products'), field: parent_asin}
              config: {severity: warn}
"""
