"""Faults to practise on, as lessons name them; they are made and healed in course/clinic."""

from course.clinic.faults import *  # noqa: F403
