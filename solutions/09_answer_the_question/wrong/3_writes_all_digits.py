# Writes all digits.
# Hint: One digit behind the point
def write_answer(drops):
    if not len(drops): return "none"
    return "; ".join(f"{d.store}, {d.leaf_category}: {d.changed_on:%d %B %Y}, {d.before_mean_rating}/{d.after_mean_rating}, n={d.before_review_count}/{d.after_review_count}" for d in drops.itertuples())
