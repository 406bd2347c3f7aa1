"""The `course` command: a thin skin over the modules beside it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from course.environment import ROOT
from dlt_pipelines.errors import PipelineError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="""Products and reviews → **dlt** → **DuckDB** → **dbt** → answers, in notebooks.

Start with `course run`: it executes the lessons as the pipeline and writes a report with the answers.
`course lab` opens the same lessons for you to work in. `course test` proves that everything still holds.

Everything that is made lies in data/ (one folder a target), runs/ and my_work/; delete data/NAME to start a
target afresh.""",
    epilog="`course COMMAND --help` says more about each. Trouble? Every error names its entry in FAQ.md.",
)
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
Target = Annotated[str, typer.Option(help="The folder below data/ to work on.")]


class Source(StrEnum):
    marketplace = "marketplace"
    files = "files"


@app.command()
def run(
    source: Annotated[Source, typer.Option(help="The practice marketplace, or files of Amazon Reviews 2023.")] = Source.marketplace,
    path: Annotated[str, typer.Option(help="With --source files: a folder, file or glob.")] = "",
    target: Target = "dev",
    run_date: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DAY", help="The practice day to look at (default: the last).")
    ] = None,
    full_refresh: Annotated[bool, typer.Option("--full-refresh", help="Load and model everything anew.")] = False,
    first: Annotated[str | None, typer.Option("--from", metavar="NN", help="Begin with this lesson, such as 05.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Begin where the last run stopped.")] = False,
    stages_only: Annotated[bool, typer.Option("--stages-only", help="Leave the demonstrations out.")] = False,
) -> None:
    """Execute the lessons in order, as the pipeline.

    Writes the executed notebooks, run.json and report.html into runs/TIME/. Stops at the first failure.
    A second run on the same day changes nothing.

        course run                                            the practice marketplace into target dev
        course run --target prod --run-date 2025-06-30        another target, as of a day
        course run --source files --path ~/reviews --target real
        course run --from 05                                  only from the models on
    """
    from course import runner

    if first and resume:
        raise typer.BadParameter("--from and --resume both say where to begin; give one of them")
    console = Console()
    parameters = {
        "source": source.value,
        "path": str(Path(path).expanduser().absolute()) if path else "",
        "target": target,
        "run_date": run_date.date().isoformat() if run_date else "",
        "full_refresh": full_refresh,
    }
    done = runner.run(parameters, first=first, resume=resume, stages_only=stages_only, console=console)
    runner.tell(done, console)
    if done.failed:
        raise typer.Exit(1)


@app.command()
def lab(browser: Annotated[bool, typer.Option(help="Open the browser.")] = True) -> None:
    """Open JupyterLab on your own copy of the lessons, in my_work/notebooks."""
    from course.lab import open_lab

    open_lab(browser)


@app.command()
def test(
    everything: Annotated[bool, typer.Option("--all", help="Also the slow checks: seeds, days one by one, processes.")] = False,
    pytest_options: Annotated[list[str] | None, typer.Argument(help="Handed to pytest, after --.")] = None,
) -> None:
    """Check everything: style, the dbt project, every notebook against its stored outputs, and the tests.

    State goes into a folder of its own, never into data/.
    """
    from course.dbt import environment as dbt_environment

    with tempfile.TemporaryDirectory(prefix="course-test-") as state:
        folders = {f"COURSE_{name.upper()}": str(Path(state) / name) for name in ("data", "runs", "my_work")}
        folders["COURSE_TEST_STATE"] = state
        os.environ.update(folders)
        environment = os.environ | dbt_environment("dev")
        python = [sys.executable, "-m"]
        steps = {
            "ruff check": [*python, "ruff", "check", "--no-cache", "."],
            "ruff format": [*python, "ruff", "format", "--no-cache", "--check", "."],
            "dbt parse": [_script("dbt"), "--quiet", "parse"],
            "notebooks and tests": [*python, "pytest", "--nbval", *([] if everything else ["-m", "not slow"]), *(pytest_options or [])],
        }
        for name, command in steps.items():
            Console().rule(name, align="left")
            code = subprocess.call(command, cwd=ROOT, env=environment)
            if code:
                raise typer.Exit(code)


@app.command()
def refresh(
    lessons: Annotated[list[str] | None, typer.Argument(help="Lesson numbers; all where none is given.")] = None,
    readme: Annotated[bool, typer.Option("--readme", help="Only bring the README's syllabus up to date.")] = False,
) -> None:
    """Execute lessons and store their outputs in notebooks/ (for authors)."""
    from course.notebooks import find_lesson, find_lessons
    from course.refresh import refresh_lesson, refresh_readme

    console = Console()
    if not readme:
        for lesson in [find_lesson(number) for number in lessons] if lessons else find_lessons():
            with console.status(f"executing {lesson.name}"):
                refresh_lesson(lesson)
            console.print(f"{lesson.name} executed and stored", highlight=False)
    refresh_readme()


@app.command()
def docs(target: Target = "dev") -> None:
    """Write dbt's documentation of all tables and columns into one static page."""
    from course.dbt import artefacts, dbt

    dbt("docs", "generate", "--static", target=target)
    page = artefacts(target) / "static_index.html"
    Console().print(f"Open {page} in a browser.", highlight=False, soft_wrap=True)


@app.command(context_settings=PASS_ON)
def dbt(context: typer.Context, target: Target = "dev") -> None:
    """dbt on a target's warehouse, from any folder: course dbt build --select dim_products"""
    from course.dbt import NEEDS_WAREHOUSE, environment
    from course.warehouse import opened
    from dlt_pipelines.amazon_products_pipeline import find_target

    if not set(NEEDS_WAREHOUSE).isdisjoint(context.args):
        with opened(find_target(target).warehouse):
            pass
    nothing_is_an_error = {"DBT_WARN_ERROR_OPTIONS": '{"error": ["NoNodesForSelectionCriteria"]}'}
    raise typer.Exit(subprocess.call([_script("dbt"), *context.args], env=os.environ | environment(target) | nothing_is_an_error))


@app.command(context_settings=PASS_ON)
def dlt(context: typer.Context, target: Target = "dev") -> None:
    """dlt on a target's pipeline, from any folder: course dlt pipeline amazon_products info"""
    from dlt_pipelines.amazon_products_pipeline import find_target

    environment = os.environ | {"DLT_DATA_DIR": str(find_target(target).dlt_folder)}
    raise typer.Exit(subprocess.call([_script("dlt"), *context.args], env=environment))


def _script(name: str) -> str:
    """A command of this Python's own environment, whatever PATH says."""
    return shutil.which(name, path=sysconfig.get_path("scripts")) or name


def main() -> None:
    """The entry point: what the course raises is told in words, without a traceback."""
    for stream in (sys.stdout, sys.stderr):  # a pipe on Windows knows no arrows
        stream.reconfigure(errors="replace")
    try:
        app()
    except PipelineError as error:
        Console(stderr=True).print(f"[red bold]Error:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
