# The day in figures.
def write_answer(drops):
    if len(drops) == 0:
        return "nothing found"
    return "\n".join(f"{d.store}, {d.leaf_category}, {d.changed_on:%Y-%m-%d}: {d.before_mean_rating:.1f} stars in {d.before_review_count} reviews, then {d.after_mean_rating:.1f} in {d.after_review_count}" for d in drops.itertuples())
