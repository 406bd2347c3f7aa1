# Without any threshold.
fct_reviews_yml = """
models:
  - name: fct_reviews
    columns:
      - name: rating
        data_tests:
          - within_range:
              arguments:
                lowest: 1
                highest: 5
      - name: parent_asin
        data_tests:
          - relationships:
              arguments: {to: ref('dim_products'), field: parent_asin}
              config: {severity: warn}
"""
