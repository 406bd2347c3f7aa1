# A loop, and a heap.
import heapq
def failed(run):
    names = []
    for each in run["results"]:
        if each["status"] in {"error", "fail", "runtime error"}:
            names.append(each["unique_id"])
    return tuple(names)

# %%
def slowest(run, count):
    return [r["unique_id"] for r in heapq.nlargest(count, run["results"], key=lambda r: r["execution_time"])]
