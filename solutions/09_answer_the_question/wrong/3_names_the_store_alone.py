# Names the store alone.
# Hint: A line is a store and a leaf category
def write_answer(drops):
    return "; ".join(f"{d.store}: {d.changed_on:%d %B %Y}, {d.before_mean_rating:.1f}/{d.after_mean_rating:.1f}, n={d.before_review_count}/{d.after_review_count}" for d in drops.itertuples()) or "none"
