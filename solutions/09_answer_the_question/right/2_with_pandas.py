# With pandas.
rises = practice.query("select parent_asin, valid_from_at::date as day from marts.dim_product_prices where price >= 1.2 * previous_price")
reviews = practice.query("select parent_asin, reviewed_on, rating from marts.fct_reviews")
bad = set(practice.query("select parent_asin from marts.dim_products semi join analytics.quality_drops using (store, leaf_category)").parent_asin)
both = rises.reset_index().merge(reviews, on="parent_asin")
both = both[~both.parent_asin.isin(bad)]
before = both[both.reviewed_on < both.day].groupby("index").rating.agg(["count", "mean"])
after = both[both.reviewed_on >= both.day].groupby("index").rating.agg(["count", "mean"])
means = before.join(after, rsuffix="_after", how="inner")
means = means[(means["count"] >= 20) & (means["count_after"] >= 20)]
control = pd.DataFrame({"rise_count": [len(rises)], "compared_count": [len(means)], "cost_stars_count": [int((means["mean"] - means["mean_after"] >= 0.7).sum())]}) if (pd := __import__("pandas")) else None
