# Writes the first finding only, and falls over where there is none.
# Hint: sentence for each row
def write_answer(drops):
    d = drops.iloc[0]
    return (
        f"{d.store}, {d.leaf_category}: bad since {d.changed_on:%d %B %Y}; {d.before_mean_rating:.1f} stars before "
        f"({d.before_review_count} reviews), {d.after_mean_rating:.1f} after ({d.after_review_count} reviews)."
    )
