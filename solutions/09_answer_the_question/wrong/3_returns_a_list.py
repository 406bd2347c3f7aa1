# Returns a list.
# Hint: One text for all rows
def write_answer(drops):
    return [f"{d.store}, {d.leaf_category}: {d.changed_on:%d %B %Y}, {d.before_mean_rating:.1f}/{d.after_mean_rating:.1f}, n={d.before_review_count}/{d.after_review_count}" for d in drops.itertuples()]
