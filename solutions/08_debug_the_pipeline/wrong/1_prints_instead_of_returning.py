# Prints instead of returning.
# Hint: Give two things back, the step's name and the message
def first_failure(trace):
    for step in trace.steps:
        if step.exception_traces:
            print(step.step, step.exception_traces[-1]["message"])
