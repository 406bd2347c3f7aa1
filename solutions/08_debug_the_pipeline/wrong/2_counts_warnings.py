# Counts warnings.
# Hint: A warning
def failed(run):
    return [result["unique_id"] for result in run["results"] if result['status'] in ('error', 'fail', 'runtime error', 'warn')]

# %%
def slowest(run, count):
    return [result["unique_id"] for result in sorted(run["results"], key=lambda result: result["execution_time"], reverse=True)[:count]]
