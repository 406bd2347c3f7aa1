# Takes the exception of the step itself.
# Hint: from the outermost exception
def first_failure(trace):
    for step in trace.steps:
        if step.step_exception:
            return step.step, step.step_exception
