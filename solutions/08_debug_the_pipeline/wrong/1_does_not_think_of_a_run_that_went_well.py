# Does not think of a run that went well.
# Hint: Ask before you take it
def first_failure(trace):
    step = [step for step in trace.steps if step.exception_traces][0]
    return step.step, step.exception_traces[-1]["message"]
