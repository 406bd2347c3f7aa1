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


@app.command(rich_help_panel="Learn and run")
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
    from course import alerts, runner

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
    try:
        done = runner.run(parameters, first=first, resume=resume, stages_only=stages_only, console=console)
    except Exception as error:  # whoever waits for the run wants to know as well that it could not begin
        alerts.announce(*alerts.about_error(target, error), console)
        raise
    runner.tell(done, console)
    if done.failed:
        alerts.announce(*alerts.about_run(done), console)
        raise typer.Exit(1)


@app.command(rich_help_panel="Learn and run")
def history(
    target: Target = "dev",
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="Also draw it, into a file such as history.png.")] = None,
) -> None:
    """Show the runs on a target, the newest last: what they took, what they loaded, how the warehouse grows.

    Loaded: inserted or updated. Free blocks hold nothing: later writes use them again.
    """
    from course.history import history as runs_of
    from course.history import plot as draw
    from course.history import tables

    console, frame = Console(), runs_of(target)
    if frame.empty:
        console.print(f"There are no runs on {target} yet. Make one: course run --target {target}", highlight=False, soft_wrap=True)
    for table in tables(frame):
        console.print(table, highlight=False)
    if left_out := frame.attrs["left_out"]:
        console.print(f"Left out, for their run.json cannot be used: {', '.join(left_out)}", highlight=False, soft_wrap=True)
    if plot and not frame.empty:
        import matplotlib

        matplotlib.use("Agg")  # a picture in a file needs no screen
        try:
            draw(frame).figure.savefig(plot, dpi=120)
        except (OSError, ValueError) as error:  # no such folder, or no kind of picture
            raise typer.BadParameter(str(error), param_hint="--plot") from error
        console.print(f"The picture: {plot}", highlight=False, soft_wrap=True)


@app.command(rich_help_panel="Learn and run")
def alert() -> None:
    """Send a test message to the addresses that are told of a failed run, and say whether it went out.

    The addresses are apprise URLs, in COURSE_ALERT_URLS or under `[alerts]` as `urls = ["…"]` in
    dlt_pipelines/.dlt/secrets.toml. They are never shown.
    """
    from course import alerts

    count = alerts.send("course alert: a test", "This is what `course run` does when it fails: it writes to you.")
    Console().print(f"Sent to {count} {'address' if count == 1 else 'addresses'}.", highlight=False)


@app.command(rich_help_panel="Learn and run")
def lab(browser: Annotated[bool, typer.Option(help="Open the browser.")] = True) -> None:
    """Open JupyterLab on your own copies of the lessons and exercises, in my_work."""
    from course.lab import open_lab

    open_lab(browser)


@app.command(rich_help_panel="Learn and run")
def start(lesson: Annotated[str, typer.Argument(help="A lesson's number, such as 03; 10 is the capstone.")]) -> None:
    """Put a lesson's exercises into my_work/exercises. What you have written there stays as it is."""
    from course.my_work import start as put
    from course.notebooks import relative

    notebook, is_new = put(lesson)
    Console().print(
        f"{relative(notebook)} {'is there now' if is_new else 'is there already, with your work'}. Open it with: course lab",
        highlight=False,
        soft_wrap=True,
    )


@app.command(rich_help_panel="Learn and run")
def reset(lesson: Annotated[str, typer.Argument(help="A lesson's number, such as 03.")]) -> None:
    """Begin a lesson and its exercises anew. What is replaced is kept, in my_work/kept."""
    from course.my_work import reset as begin_anew
    from course.notebooks import relative

    kept = begin_anew(lesson)
    Console().print(f"Lesson {lesson.zfill(2)} is new again. What was there lies in {relative(kept)}.", highlight=False, soft_wrap=True)


@app.command(rich_help_panel="Learn and run")
def progress() -> None:
    """Show where you stand, exercise by exercise."""
    from rich.table import Column, Table

    from course.my_work import progress as standing

    colours = {"right": "green", "not yet": "yellow"}
    console = Console()
    title = Column("exercise", no_wrap=True, overflow="ellipsis", max_width=max(20, console.width - 42))
    table = Table(
        title, Column("state", no_wrap=True), Column("attempts", no_wrap=True), Column("hints", no_wrap=True), box=None, pad_edge=False
    )
    solved = total = 0
    for exercise_set, exercises in standing():
        right = sum(note.get("state") == "right" for _, _, note in exercises)
        table.add_row(
            f"[bold]{exercise_set.number} {exercise_set.title.removeprefix('Exercises: ')}[/]", f"[bold]{right} of {len(exercises)}[/]"
        )
        for number, title, note in exercises:
            state = note.get("state", "not attempted")
            seen = " (solution seen)" if note.get("solution_seen") else ""
            counts = [str(note[name]) if note.get(name) else "" for name in ("attempts", "hints")]
            table.add_row(f"   {number}. {title}", f"[{colours.get(state, 'dim')}]{state}{seen}[/]", *counts)
        solved, total = solved + right, total + len(exercises)
    console.print(table, highlight=False)
    console.print(f"\n{solved} of {total} exercises are right.", highlight=False)


@app.command(rich_help_panel="When something is wrong")
def doctor(
    target: Target = "dev",
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    error: Annotated[str | None, typer.Option(metavar="TEXT", help="Only name the fault that this message tells of; - reads it.")] = None,
) -> None:
    """Look at the machine, the environment, a target and its last run, and name what is wrong, with the fix.

    Exit code 0: healthy; 1: something was found; 2: something could not be looked at. Nothing is changed.
    """
    from course import doctor as look

    if error is not None:
        raise typer.Exit(look.tell([look.name_error(sys.stdin.read() if error == "-" else error)], as_json))

    def everything():
        yield from look.examine_machine()
        from course.target_health import examine_target

        yield from examine_target(target)

    raise typer.Exit(look.tell(everything(), as_json))


@app.command("break", rich_help_panel="When something is wrong")
def break_(
    name: Annotated[str | None, typer.Argument(help="A fault's name.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="Show all faults, and which of them are made.")] = False,
) -> None:
    """Make a fault in the target sandbox, to practise on. No other target and no file of yours is touched."""
    from course import faults

    console = Console()
    if list_ or name is None:
        there = faults.broken()
        for fault in faults.FAULTS.values():
            console.print(
                f"{'*' if fault.name in there else ' '} {fault.name:<18} {fault.kind:<12} {fault.happens}", highlight=False, soft_wrap=True
            )
        if there:
            console.print("\n* is made now. course heal NAME puts it right.", highlight=False)
        return
    faults.find_fault(name)
    with console.status(f"making {name} in the sandbox"):
        fault = faults.inflict(name)
    console.print(f"Done: {fault.happens}.", highlight=False, soft_wrap=True)
    for says, what in {"See it:": fault.see, "Find it:": "course doctor --target sandbox", "Heal it:": f"course heal {name}"}.items():
        console.print(f"  {says:<9} {what}", highlight=False, markup=False, soft_wrap=True)
    console.print(f"  {'Read:':<9} FAQ.md#{name}", highlight=False)


@app.command(rich_help_panel="When something is wrong")
def heal(
    name: Annotated[str | None, typer.Argument(help="A fault's name.")] = None,
    anew: Annotated[bool, typer.Option("--anew", help="Throw away all that was broken, and fill the sandbox anew.")] = False,
) -> None:
    """Put a fault of the sandbox right, with the commands that its FAQ entry gives; or begin the sandbox anew."""
    from course import faults

    if anew == bool(name):
        raise typer.BadParameter("give the name of a fault, or --anew")
    if anew:
        with Console().status("filling the sandbox"):
            faults.fill_sandbox(anew=True)
        Console().print("The sandbox is as it was before anything was broken.", highlight=False)
        return
    faults.heal(name, lambda line: Console().print(line, highlight=False, markup=False, soft_wrap=True))
    Console().print(f"{name} is healed. course doctor --target sandbox looks whether all is well.", highlight=False)


@app.command(rich_help_panel="For authors")
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


@app.command(rich_help_panel="For authors")
def refresh(
    lessons: Annotated[list[str] | None, typer.Argument(help="Lesson numbers; all where none is given.")] = None,
    solutions: Annotated[bool, typer.Option("--solutions", help="The solutions of their exercises instead.")] = False,
    readme: Annotated[bool, typer.Option("--readme", help="Only bring the tables of README.md and INSTRUCTORS.md up to date.")] = False,
) -> None:
    """Execute lessons and store their outputs in notebooks/."""
    from course.exercise_sets import find_set, find_sets
    from course.notebooks import find_lesson, find_lessons
    from course.refresh import refresh_lesson, refresh_solutions
    from course.syllabus import refresh_tables

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
    from course.release import release as write_exercises

    for path in write_exercises():
        Console().print(path.relative_to(ROOT).as_posix(), highlight=False)


@app.command(rich_help_panel="For instructors")
def grade(
    submissions: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="A folder with one folder a learner: each a my_work.")],
    lesson: Annotated[list[str] | None, typer.Option(metavar="NN", help="Only these lessons (may be given several times).")] = None,
    out: Annotated[Path | None, typer.Option(help="Where the table goes (default: runs/grades/TIME).")] = None,
    timeout: Annotated[int, typer.Option(help="Seconds after which a cell is interrupted.")] = 60,
) -> None:
    """Grade copies of learners' exercises, and write a table.

    Writes grades.csv, grades.html and the executed notebooks. A submission that hangs, crashes, is no notebook or writes
    outside its folder is named in the table, and the others are graded. This is no sandbox: the code of a submission
    runs with your rights, so grade only what comes from people you know, or in a container.
    """
    from course.environment import settings
    from course.exercise_sets import find_set, find_sets
    from course.grade import grade as grade_all
    from course.notebooks import relative

    out = out or settings().runs / "grades" / f"{datetime.now():%Y-%m-%d_%H%M%S}"
    sets = [find_set(number) for number in lesson] if lesson else find_sets()
    console = Console()

    def tell(done) -> None:
        right = sum(value or 0 for value in done.points.values())
        console.print(
            f"{done.learner}, {done.lesson}: {done.remark or f'{right} of {len(done.points)} right'}", highlight=False, soft_wrap=True
        )

    table = grade_all(submissions.resolve(), sets, out.resolve(), timeout, tell)
    if table.empty:
        raise PipelineError(
            f"There are no folders in {submissions}.",
            cause="each learner's work is a folder of its own in it",
            fix="put each learner's my_work into a folder with the learner's name, and these into one folder",
            faq="nothing-to-grade",
        )
    console.print(
        f"\n{len(table)} learners. The table: {relative(out.resolve() / 'grades.html')}, and grades.csv beside it.",
        highlight=False,
        soft_wrap=True,
    )


@app.command(rich_help_panel="For instructors")
def slides(
    lessons: Annotated[list[str] | None, typer.Argument(help="Lesson numbers; all where none is given.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where they go (default: runs/slides).")] = None,
) -> None:
    """Render lessons as slides, from the same cells."""
    from course.environment import settings
    from course.notebooks import find_lesson, find_lessons, relative
    from course.slides import write_slides

    folder = (out or settings().runs / "slides").resolve()
    for each in [find_lesson(number) for number in lessons] if lessons else find_lessons():
        Console().print(relative(write_slides(each, folder)), highlight=False, soft_wrap=True)


@app.command(rich_help_panel="The tools, on a target")
def docs(target: Target = "dev") -> None:
    """Write dbt's documentation of all tables and columns into one static page."""
    from course.dbt import artefacts, dbt

    dbt("docs", "generate", "--static", target=target)
    page = artefacts(target) / "static_index.html"
    Console().print(f"Open {page} in a browser.", highlight=False, soft_wrap=True)


@app.command(context_settings=PASS_ON, rich_help_panel="The tools, on a target")
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


@app.command(context_settings=PASS_ON, rich_help_panel="The tools, on a target")
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
        from course.masking import masked

        Console(stderr=True).print(f"[red bold]Error:[/] {escape(masked(str(error)))}", highlight=False, soft_wrap=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
