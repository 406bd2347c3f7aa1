"""Exercises: the sets, a learner's room and folder, grading, and what learners get."""
