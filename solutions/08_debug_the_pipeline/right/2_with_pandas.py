# With pandas.
def failed(run):
    frame = pd.DataFrame(run["results"])
    return frame.loc[frame.status.isin(["error", "fail", "runtime error"]), "unique_id"]

# %%
def slowest(run, count):
    return pd.DataFrame(run["results"]).nlargest(count, "execution_time").unique_id.tolist()
