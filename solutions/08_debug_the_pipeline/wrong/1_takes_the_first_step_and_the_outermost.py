# Takes the first step, and the outermost message.
# Hint: from the outermost exception
def first_failure(trace):
    for step in trace.steps:
        if step.exception_traces:
            return step.step, step.exception_traces[0]["message"]
