"""The commands of `course`, in groups: a thin skin over the modules and folders beside it."""
