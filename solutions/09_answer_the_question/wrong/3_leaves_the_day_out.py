# Leaves the day out.
# Hint: Day, month and year, in a form that a reader knows
def write_answer(drops):
    if not len(drops): return "none"
    return "; ".join(f"{d.store}, {d.leaf_category}: {d.changed_on:%B %Y}, {d.before_mean_rating:.1f}/{d.after_mean_rating:.1f}, n={d.before_review_count}/{d.after_review_count}" for d in drops.itertuples())
