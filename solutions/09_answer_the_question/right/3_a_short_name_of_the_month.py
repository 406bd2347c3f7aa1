# A short name of the month.
def write_answer(drops):
    if drops.empty:
        return "No line has gone bad."
    return "\n".join(f"{d.store} / {d.leaf_category} since {d.changed_on:%d %b %Y}: {d.before_mean_rating:.1f} → {d.after_mean_rating:.1f}, {d.before_review_count:,} and {d.after_review_count:,} reviews" for d in drops.itertuples())
