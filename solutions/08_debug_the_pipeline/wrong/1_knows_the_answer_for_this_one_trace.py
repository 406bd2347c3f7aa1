# Knows the answer for this one trace.
# Hint: Three things are wrong
def first_failure(trace):
    return "normalize", trace.steps[1].exception_traces[-1]["message"]
