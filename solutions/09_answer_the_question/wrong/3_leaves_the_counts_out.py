# Leaves the counts out.
# Hint: name both counts
def write_answer(drops):
    return "\n".join(
        f"{d.store}, {d.leaf_category}: bad since {d.changed_on:%d %B %Y}; "
        f"{d.before_mean_rating:.1f} stars before, {d.after_mean_rating:.1f} after."
        for d in drops.itertuples()
    )
