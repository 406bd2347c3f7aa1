# Compares with all reviews.
# Hint: for each field on its own
changed = """
    select field_name, kind, first_seen_on, record_count as carrying_count, (select count(*) from marts.fct_reviews) as since_count
    from analytics.schema_changes
"""
