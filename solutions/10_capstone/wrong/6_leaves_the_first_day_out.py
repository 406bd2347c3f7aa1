# Leaves the first day out.
# Hint: Look at how you make `since_count`; `field_name`,
changed = """
    select field_name, kind, first_seen_on, record_count as carrying_count,
        (select count(*) from marts.fct_reviews where reviewed_on > first_seen_on) as since_count
    from analytics.schema_changes
"""
