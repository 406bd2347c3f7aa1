"""The toolkit that the notebooks and the command line share."""

from course.environment import prepare as _prepare

_prepare()  # before dlt, dbt or JupySQL is imported: they read their switches then


def __getattr__(name: str):
    # What notebooks use, imported when it is asked for: `course --help`
    # should not wait for dlt and pandas.
    if name in ("start", "practice"):
        from course.checkout import check_checkout

        check_checkout()
    if name in ("start", "show", "expect"):
        from course import lesson

        return getattr(lesson, name)
    if name == "practice":
        from course.exercises.practice_room import practice

        return practice
    if name == "as_text":
        from course.pages import as_text

        return as_text
    raise AttributeError(name)
