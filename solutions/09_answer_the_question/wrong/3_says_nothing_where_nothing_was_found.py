# Says nothing where nothing was found.
# Hint: An empty table is an answer too
def write_answer(drops):
    return "\n".join(
        f"{d.store}, {d.leaf_category}: bad since {d.changed_on:%d %B %Y}; {d.before_mean_rating:.1f} stars before "
        f"({d.before_review_count} reviews), {d.after_mean_rating:.1f} after ({d.after_review_count} reviews)."
        for d in drops.itertuples()
    )
