# Capitals.
def write_answer(drops):
    if not len(drops): return "NOTHING."
    return "; ".join(f"{d.store.upper()}, {d.leaf_category.lower()}: {d.changed_on:%d-%b-%Y}, {d.before_mean_rating:.1f}/{d.after_mean_rating:.1f}, n={d.before_review_count}/{d.after_review_count}" for d in drops.itertuples())
