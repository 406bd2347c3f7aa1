# A DataFrame instead of a query.
reviews = practice.query("select parent_asin, rating from marts.fct_reviews")
products = practice.query("select parent_asin, category from marts.dim_products")
by_category = (
    reviews.merge(products, on="parent_asin").groupby("category", as_index=False).agg(review_count=("rating", "size"), mean_rating=("rating", "mean"))
)
by_category["mean_rating"] = by_category["mean_rating"].round(2)
