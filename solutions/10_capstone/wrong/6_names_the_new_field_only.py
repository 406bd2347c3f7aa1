# Names the new field only.
# Hint: Name both kinds
changed = """
    select field_name, kind, first_seen_on, record_count as carrying_count,
        (select count(*) from marts.fct_reviews where reviewed_on >= first_seen_on) as since_count
    from analytics.schema_changes where kind = 'appeared'
"""
