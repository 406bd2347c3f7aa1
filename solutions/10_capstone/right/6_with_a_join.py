# With a join.
changed = """
    select s.field_name, s.kind, s.first_seen_on, s.record_count as carrying_count, count(*) as since_count
    from analytics.schema_changes as s join marts.fct_reviews as r on r.reviewed_on >= s.first_seen_on group by all
"""
