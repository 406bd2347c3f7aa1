# Reads the night above, not its argument.
# Hint: That is no result of the run that the function is
def failed(run):
    return [r["unique_id"] for r in night_run["results"] if r["status"] in ("error", "fail", "runtime error")]

# %%
def slowest(run, count):
    return [r["unique_id"] for r in sorted(run["results"], key=lambda r: r["execution_time"], reverse=True)][:count]
