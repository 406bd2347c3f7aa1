# Asks pandas for a column that there is not.
# Error: KeyError: 'parent_asin'
def value_of(stock, file):
    prices = pd.read_json(file, lines=True).sort_values("timestamp").groupby("parent_asin").last()
    result = stock.join(prices[["price"]])
    result["worth"] = (result["units"] * result["price"]).round(2)
    return result.set_index("units").rename(index=str)["parent_asin"]
