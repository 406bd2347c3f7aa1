# Sorts what failed.
# Hint: The results are right, their order is not
def failed(run):
    return sorted(r["unique_id"] for r in run["results"] if r["status"] in ("error", "fail", "runtime error"))

# %%
def slowest(run, count):
    return [r["unique_id"] for r in sorted(run["results"], key=lambda r: r["execution_time"], reverse=True)][:count]
