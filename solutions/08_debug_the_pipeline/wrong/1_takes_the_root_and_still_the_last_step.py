# Takes the root, and still the last step.
# Hint: stands around the other steps
def first_failure(trace):
    failed = [step for step in trace.steps if step.exception_traces]
    if not failed:
        return None
    return failed[-1].step, failed[-1].exception_traces[-1]["message"]
