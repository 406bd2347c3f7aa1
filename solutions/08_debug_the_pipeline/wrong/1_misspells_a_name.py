# Misspells a name.
# Error: has no attribute 'exception_trace'
def first_failure(trace):
    for step in trace.steps:
        if step.exception_traces:
            return step.step, step.exception_trace[-1]["message"]
