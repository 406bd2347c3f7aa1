"""Learn and run: `course run`, `history`, `alert`, `lab`, `start`, `reset`, `progress`."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from course.commands.shared import Target

app = typer.Typer()


class Source(StrEnum):
    marketplace = "marketplace"
    files = "files"


@app.command(rich_help_panel="Learn and run")
def run(
    source: Annotated[
        Source, typer.Option(help="The practice marketplace, or files of Amazon Reviews 2023.")
    ] = Source.marketplace,
    path: Annotated[str, typer.Option(help="With --source files: a folder, file or glob.")] = "",
    target: Target = "dev",
    run_date: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="DAY",
            help="The practice day to look at (default: the last).",
        ),
    ] = None,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Load and model everything anew.")
    ] = False,
    first: Annotated[
        str | None, typer.Option("--from", metavar="NN", help="Begin with this lesson, such as 05.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Begin where the last run stopped.")
    ] = False,
    stages_only: Annotated[
        bool, typer.Option("--stages-only", help="Leave the demonstrations out.")
    ] = False,
) -> None:
    """Execute the lessons as the pipeline. Its steps keep their order; where there are two
    processors, a lesson that does none of them is at work beside one that does.

    Writes the executed notebooks, run.json and report.html into runs/TIME/. Where a lesson fails,
    no other is begun. A second run on the same day changes nothing.

        course run                                        the practice marketplace into target dev
        course run --target prod --run-date 2025-06-30    another target, as of a day
        course run --source files --path ~/reviews --target real
        course run --from 05                              only from the models on
    """
    from course.running import alerts, runner
    from dlt_pipelines.load.paths import writable

    if first and resume:
        raise typer.BadParameter("--from and --resume both say where to begin; give one of them")
    console = Console()
    parameters = {
        "source": source.value,
        "path": writable(path) if path else "",
        "target": target,
        "run_date": run_date.date().isoformat() if run_date else "",
        "full_refresh": full_refresh,
    }
    try:
        done = runner.run(
            parameters, first=first, resume=resume, stages_only=stages_only, console=console
        )
    # whoever waits for the run wants to know as well that it could not begin
    except Exception as error:
        alerts.announce(*alerts.about_error(target, error), console)
        raise
    runner.tell(done, console)
    if done.failed:
        alerts.announce(*alerts.about_run(done), console)
        raise typer.Exit(1)


@app.command(rich_help_panel="Learn and run")
def history(
    target: Target = "dev",
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also draw it, into a file such as history.png."),
    ] = None,
) -> None:
    """Show the runs on a target, the newest last: what they took, what they loaded, how the
    warehouse grows.

    Loaded: inserted or updated. Free blocks hold nothing: later writes use them again.
    """
    from course.history import history as runs_of
    from course.history import plot as draw
    from course.history import tables

    console, frame = Console(), runs_of(target)
    if frame.empty:
        console.print(
            f"There are no runs on {target} yet. Make one: course run --target {target}",
            highlight=False,
            soft_wrap=True,
        )
    for table in tables(frame):
        console.print(table, highlight=False)
    if left_out := frame.attrs["left_out"]:
        console.print(
            f"Left out, for their run.json cannot be used: {', '.join(left_out)}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    if plot and not frame.empty:
        import matplotlib

        matplotlib.use("Agg")  # a picture in a file needs no screen
        try:
            draw(frame).figure.savefig(plot, dpi=120)
        except (OSError, ValueError) as error:  # no such folder, or no kind of picture
            raise typer.BadParameter(str(error), param_hint="--plot") from error
        console.print(f"The picture: {plot}", markup=False, highlight=False, soft_wrap=True)


@app.command(rich_help_panel="Learn and run")
def alert() -> None:
    """Send a test message to the addresses that are told of a failed run, and say whether it went
    out.

    The addresses are apprise URLs, in COURSE_ALERT_URLS or under `[alerts]` as `urls = ["…"]` in
    dlt_pipelines/.dlt/secrets.toml. They are never shown.
    """
    from course.running import alerts

    count = alerts.send(
        "course alert: a test", "This is what `course run` does when it fails: it writes to you."
    )
    Console().print(f"Sent to {count} {'address' if count == 1 else 'addresses'}.", highlight=False)


@app.command(rich_help_panel="Learn and run")
def lab(browser: Annotated[bool, typer.Option(help="Open the browser.")] = True) -> None:
    """Open JupyterLab on your own copies of the lessons and exercises, in my_work."""
    from course.exercises.lab import open_lab

    open_lab(browser)


@app.command(rich_help_panel="Learn and run")
def start(
    lesson: Annotated[
        str, typer.Argument(help="A lesson's number, such as 03; 10 is the capstone.")
    ],
) -> None:
    """Put a lesson's exercises into my_work/exercises. What you have written there
    stays as it is.
    """
    from course.exercises.my_work import start as put
    from course.notebooks import relative

    notebook, is_new = put(lesson)
    Console().print(
        f"{relative(notebook)} {'is there now' if is_new else 'is there already, with your work'}. "
        "Open it with: course lab",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


@app.command(rich_help_panel="Learn and run")
def reset(lesson: Annotated[str, typer.Argument(help="A lesson's number, such as 03.")]) -> None:
    """Begin a lesson and its exercises anew. What is replaced is kept, in my_work/kept."""
    from course.exercises.my_work import reset as begin_anew
    from course.notebooks import relative

    kept = begin_anew(lesson)
    Console().print(
        f"Lesson {lesson.zfill(2)} is new again. What was there lies in {relative(kept)}.",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


@app.command(rich_help_panel="Learn and run")
def progress() -> None:
    """Show where you stand, exercise by exercise."""
    from rich.table import Column, Table

    from course.exercises.my_work import progress as standing
    from course.exercises.verdicts import SIGNS

    colours = {"right": "bold bright_blue", "not yet": "yellow", "not attempted": "dim"}
    counted = ("attempts", "hints")
    kept = [Column(name, no_wrap=True) for name in ("state", *counted)]
    table = Table("", Column("exercise", overflow="fold"), *kept, box=None, pad_edge=False)
    solved = total = 0
    for exercise_set, exercises in standing():
        right = sum(note.get("state") == "right" for _, _, note in exercises)
        title = exercise_set.title.removeprefix("Exercises: ")
        table.add_row(exercise_set.number, title, f"{right} of {len(exercises)}", style="bold")
        for number, title, note in exercises:
            state = note.get("state", "not attempted")
            seen = note.get("seen_before" if state == "right" else "solution_seen")
            told = f"{SIGNS[state][0]} {state}{' (solution seen)' if seen else ''}"
            counts = [str(note.get(name) or "") for name in counted]
            table.add_row(f"{number:>2}.", title, f"[{colours[state]}]{told}[/]", *counts)
        solved, total = solved + right, total + len(exercises)
    console = Console()
    console.print(table, highlight=False)
    console.print(f"\n{solved} of {total} exercises are right.", highlight=False)
