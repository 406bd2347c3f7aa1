# Returns the whole exception.
# Hint: Each exception of the list is a dictionary, and of it
def first_failure(trace):
    for step in trace.steps:
        if step.exception_traces:
            return step.step, step.exception_traces[-1]
