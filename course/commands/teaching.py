"""For instructors: `course grade`, `slides`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from dlt_pipelines.errors import PipelineError

app = typer.Typer()


@app.command(rich_help_panel="For instructors")
def grade(
    submissions: Annotated[
        Path,
        typer.Argument(
            exists=True,
            file_okay=False,
            help="A folder with one folder or zip a learner: each a my_work.",
        ),
    ],
    lesson: Annotated[
        list[str] | None,
        typer.Option(metavar="NN", help="Only these lessons (may be given several times)."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where the table goes (default: runs/grades/TIME).")
    ] = None,
    timeout: Annotated[int, typer.Option(help="Seconds after which a cell is interrupted.")] = 60,
    checks: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            metavar="FOLDER",
            help="Checks of your own instead: NN_set/checks.py for each set, as in solutions/.",
        ),
    ] = None,
) -> None:
    """Grade copies of learners' exercises, and write a table.

    Writes grades.csv, class.csv (what cost the class most attempts and hints), wrong_answers.csv,
    grades.html with all of it, and the executed notebooks. A submission that hangs, crashes, is
    no notebook or writes outside its folder is named in the table, and the others are graded. This
    is no sandbox: the code of a submission runs with your rights, so grade only what comes from
    people you know, or in a container.
    """
    from course.environment import settings
    from course.exercises.exercise_sets import find_set, find_sets
    from course.exercises.grade import grade as grade_all
    from course.groups import need
    from course.notebooks import relative

    need("teaching", "course grade")
    out = out or settings().runs / "grades" / f"{datetime.now():%Y-%m-%d_%H%M%S}"
    sets = [find_set(number) for number in lesson] if lesson else find_sets()
    console = Console()

    def tell(done) -> None:
        right = sum(value or 0 for value in done.points.values())
        told = f"{right} of {len(done.points)} right" if done.points else ""
        console.print(
            f"{done.learner}, {done.lesson}: {'; '.join(filter(None, [told, done.remark]))}",
            markup=False,  # a learner's name may hold brackets
            highlight=False,
            soft_wrap=True,
        )

    hidden = checks.resolve() if checks else None
    table = grade_all(submissions.resolve(), sets, out.resolve(), timeout, tell, hidden)
    if table.empty:
        raise PipelineError(
            f"There are no folders and no zips in {submissions}.",
            cause="each learner's work is a folder or a zip of its own in it",
            fix="put each learner's my_work into a folder with the learner's name, "
            "and these into one folder",
            faq="nothing-to-grade",
        )
    console.print(
        f"\n{len(table)} learners. The table: {relative(out.resolve() / 'grades.html')}, and "
        "grades.csv beside it.",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


@app.command(rich_help_panel="For instructors")
def slides(
    lessons: Annotated[
        list[str] | None, typer.Argument(help="Lesson numbers; all where none is given.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where they go (default: runs/slides).")] = None,
) -> None:
    """Render lessons as slides, from the same cells."""
    from course.environment import settings
    from course.groups import need
    from course.notebooks import find_lesson, find_lessons, relative
    from course.publishing.slides import write_slides

    need("pages", "course slides")
    folder = (out or settings().runs / "slides").resolve()
    for each in [find_lesson(number) for number in lessons] if lessons else find_lessons():
        Console().print(
            relative(write_slides(each, folder)), markup=False, highlight=False, soft_wrap=True
        )
