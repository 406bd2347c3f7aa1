# pandas alone: sort, keep the last of each product, merge.
def value_of(stock, file):
    prices = pd.read_json(file, lines=True).sort_values("timestamp")
    newest = prices.drop_duplicates("parent_asin", keep="last")[["parent_asin", "price"]]
    result = stock.reset_index().merge(newest, on="parent_asin", how="left")
    result["worth"] = (result["units"] * result["price"]).round(2)
    return result
