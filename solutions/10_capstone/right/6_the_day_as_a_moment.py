# The day as a moment.
changed = """
    select kind, field_name, cast(first_seen_on as timestamp) as first_seen_on, record_count as carrying_count,
        (select sum(case when reviewed_on >= s.first_seen_on then 1 else 0 end) from marts.fct_reviews) as since_count
    from analytics.schema_changes as s
"""
