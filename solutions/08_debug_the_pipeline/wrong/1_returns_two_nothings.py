# Returns two nothings.
# Hint: Where no step failed there is nothing to tell
def first_failure(trace):
    for step in trace.steps:
        if step.exception_traces:
            return step.step, step.exception_traces[-1]["message"]
    return None, None
