# A function on the DataFrame in place of SQL, with the first of every third month.
import pandas as pd


def detector(reviews):
    named = []
    for line, own in reviews.groupby("product_line"):
        for day in pd.date_range("2024-06-01", "2025-09-01", freq="3MS"):
            late = own.reviewed_on >= day
            before, after = own.rating[~late], own.rating[late]
            if min(len(before), len(after)) < 25 or line in named:
                continue
            error = (max(before.var(), 0.25) / len(before) + max(after.var(), 0.25) / len(after)) ** 0.5
            if (before.mean() - after.mean()) / error > 5:
                named.append(line)
    return named
