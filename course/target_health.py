"""The doctor's look at a target, as lessons name it; it is done in course/clinic."""

from course.clinic.target_health import examine_target as examine_target
