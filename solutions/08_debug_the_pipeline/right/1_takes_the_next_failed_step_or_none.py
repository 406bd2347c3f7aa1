# Takes the next failed step, or none.
def first_failure(trace):
    step = next((s for s in trace.steps if s.exception_traces), None)
    return (step.step, step.exception_traces[-1]["message"]) if step else None
