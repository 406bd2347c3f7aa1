# Sorts upwards.
# Hint: These are the fastest, or the slowest in the wrong order
def failed(run):
    return [r["unique_id"] for r in run["results"] if r["status"] in ("error", "fail", "runtime error")]

# %%
def slowest(run, count):
    return [r["unique_id"] for r in sorted(run["results"], key=lambda r: r["execution_time"])][-count:]
