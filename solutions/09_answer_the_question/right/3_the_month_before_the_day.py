# The month before the day.
def write_answer(drops):
    out = []
    for _, d in drops.iterrows():
        out.append(f"The {d['leaf_category']} of {d['store']} fell from {d['before_mean_rating']:.1f} ({d['before_review_count']} reviews) "
                   f"to {d['after_mean_rating']:.1f} ({d['after_review_count']} reviews) on {d['changed_on']:%B} {d['changed_on'].day}, {d['changed_on'].year}.")
    return " ".join(out) if out else "Nothing was found."
