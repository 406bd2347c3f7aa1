# Knows the answer for this one trace.
# Hint: Look for the step in the trace that you are given
def first_failure(trace):
    return "normalize", trace.steps[1].exception_traces[-1]["message"]
