"""For authors: `course test`, `lint`, `refresh`, `release`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from course.commands.shared import script
from course.environment import ROOT, prepare

app = typer.Typer()


@app.command(rich_help_panel="For authors")
def test(
    everything: Annotated[
        bool,
        typer.Option(
            "--all", help="Also the slow checks: all linters, seeds, days one by one, processes."
        ),
    ] = False,
    pytest_options: Annotated[
        list[str] | None, typer.Argument(help="Handed to pytest, after --.")
    ] = None,
) -> None:
    """Check everything: style, the dbt project, every notebook against its stored outputs, and the
    tests.

    State goes into a folder of its own, never into data/.
    """
    from course.dbt import environment as dbt_environment
    from course.groups import need
    from course.publishing.linters import LINTERS, QUICK
    from course.publishing.linters import lint as look

    need("test", "course test")
    for name in LINTERS if everything else QUICK:
        Console().rule(name, align="left")
        if code := look(name):
            raise typer.Exit(code)
    with tempfile.TemporaryDirectory(prefix="course-test-") as state:
        folders = {
            f"COURSE_{name.upper()}": str(Path(state) / name)
            for name in ("data", "runs", "my_work")
        }
        folders["COURSE_TEST_STATE"] = state
        os.environ.update(folders)
        prepare()
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTEST_", "RUFF_", "GIT_"))
        }
        environment = kept | dbt_environment("dev")
        pytest = [sys.executable, "-m", "pytest", "--nbval", "-n", "2", "--dist", "loadscope"]
        quick = [] if everything else ["-m", "not slow"]
        steps = {
            "dbt parse": [script("dbt"), "--quiet", "parse"],
            "notebooks and tests": [*pytest, *quick, *(pytest_options or [])],
        }
        for name, command in steps.items():
            Console().rule(name, align="left")
            code = subprocess.call(command, cwd=ROOT, env=environment)
            if code:
                raise typer.Exit(code)


@app.command(rich_help_panel="For authors")
def lint(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="Only these; all where none is given."),
    ] = None,
    fix: Annotated[bool, typer.Option("--fix", help="Also mend what a tool can mend.")] = False,
) -> None:
    """Look at layout, types, imports, SQL, spelling and workflows. Says all that it finds, and ends
    with 1 where that is something.
    """
    from course.groups import need
    from course.publishing.linters import LINTERS
    from course.publishing.linters import lint as look

    if unknown := set(names or []) - set(LINTERS):
        raise typer.BadParameter(
            f"there is no {', '.join(sorted(unknown))}; there are {', '.join(LINTERS)}"
        )
    need("test", "course lint")
    failed = []
    for name in names or LINTERS:
        Console().rule(name, align="left")
        if look(name, fix):
            failed.append(name)
    if failed:
        Console(stderr=True).print(
            f"[red bold]Found something:[/] {', '.join(failed)}", highlight=False
        )
        raise typer.Exit(1)


@app.command(rich_help_panel="For authors")
def refresh(
    lessons: Annotated[
        list[str] | None, typer.Argument(help="Lesson numbers; all where none is given.")
    ] = None,
    solutions: Annotated[
        bool, typer.Option("--solutions", help="The solutions of their exercises instead.")
    ] = False,
    readme: Annotated[
        bool,
        typer.Option(
            "--readme", help="Only bring the tables of README.md and INSTRUCTORS.md up to date."
        ),
    ] = False,
) -> None:
    """Execute lessons and store their outputs in notebooks/."""
    from course.exercises.exercise_sets import find_set, find_sets
    from course.notebooks import find_lesson, find_lessons
    from course.publishing.refresh import refresh_lesson, refresh_solutions
    from course.publishing.syllabus import refresh_tables

    console = Console()
    if solutions:
        for exercise_set in [find_set(number) for number in lessons] if lessons else find_sets():
            with console.status(f"executing {exercise_set.source.name}"):
                refresh_solutions(exercise_set)
            console.print(f"{exercise_set.source.name} executed and stored", highlight=False)
    elif not readme:
        for lesson in [find_lesson(number) for number in lessons] if lessons else find_lessons():
            with console.status(f"executing {lesson.name}"):
                refresh_lesson(lesson)
            console.print(f"{lesson.name} executed and stored", highlight=False)
    refresh_tables()


@app.command(rich_help_panel="For authors")
def release() -> None:
    """Write exercises/ from solutions/."""
    from course.exercises.release import release as write_exercises
    from course.groups import need

    need("teaching", "course release")
    for path in write_exercises():
        Console().print(path.relative_to(ROOT).as_posix(), highlight=False)
