# Filters first, and returns a list of two.
def first_failure(trace):
    failed = [s for s in trace.steps if s.exception_traces and s.step != "run"]
    if not failed:
        return None
    *_, root = failed[0].exception_traces
    return [failed[0].step, root["message"]]
