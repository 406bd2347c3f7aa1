# Thresholds on both sides, a name of its own.
fct_reviews_yml = """
version: 2
models:
  - name: fct_reviews
    columns:
      - name: parent_asin
        data_tests:
          - relationships:
              arguments: {to: ref('dim_products'), field: parent_asin}
              config: {severity: error, error_if: "> 100000", warn_if: ">= 1"}
      - name: rating
        data_tests:
          - within_range:
              name: ratings_are_stars
              arguments: {lowest: 1, highest: 5}
              config:
                severity: ERROR
                error_if: ">= 1"
"""
