# Counts what was skipped.
# Hint: the shadow of a failure
def failed(run):
    return [result["unique_id"] for result in run["results"] if result['status'] not in ('success', 'pass', 'warn', 'no-op')]

# %%
def slowest(run, count):
    return [result["unique_id"] for result in sorted(run["results"], key=lambda result: result["execution_time"], reverse=True)[:count]]
