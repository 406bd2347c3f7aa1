"""The lessons executed in order as the pipeline, with an account of what happened."""

from __future__ import annotations

import os
import platform
import re
import time
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import duckdb
import nbformat
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from course.environment import settings
from course.history import accounts
from course.notebooks import (
    QUIET_KERNEL,
    LessonFile,
    find_lesson,
    find_lessons,
    relative,
    stages_only,
)
from course.running import report
from course.running.figures import rows_of, storage_of
from course.running.masking import mask_logs, masked
from course.running.record import Run, Stage
from dlt_pipelines.amazon_products_pipeline import find_target
from dlt_pipelines.deletion import delete
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.interruption import ended_in_order
from dlt_pipelines.locks import describe_command, hold

SHOWN_VERSIONS = ("dlt", "duckdb", "dbt-core", "dbt-duckdb", "papermill", "pandas", "jupysql")


def run(
    parameters: dict,
    *,
    first: str | None = None,
    resume: bool = False,
    stages_only: bool = False,
    console: Console | None = None,
) -> Run:
    """Execute the lessons in order with `parameters` over their defaults, and write `runs/<time>/`.

    parameters: source, path, target, run_date, full_refresh, as each lesson's `parameters` cell has
    them.
    first: the number of the lesson to begin with; what comes before is done by its stage cells if
    it is missing.
    stages_only: leave the demonstrations out, and the lessons that hold nothing else.
    resume: begin with the lesson that stopped the last run on this target with the same parameters.
    Stops at the first lesson that fails. Raises PipelineError when the run cannot begin.
    """
    console = console or Console()
    target = find_target(parameters["target"])
    lessons = find_lessons()
    with hold(target.folder / "run.lock", describe_command()), ended_in_order():
        start = (
            find_lesson(first).number
            if first
            else _where_it_stopped(parameters)
            if resume
            else lessons[0].number
        )
        run = Run(
            _new_folder(),
            _shown(parameters),
            stages_only,
            datetime.now().isoformat(timespec="seconds"),
            [],
        )
        run.versions = {"python": platform.python_version()} | {
            name: version(name) for name in SHOWN_VERSIONS
        }
        run.stages = [
            Stage(lesson.name, "skipped" if lesson.number < start else "not run")
            for lesson in lessons
        ]
        run.save()
        began, clock = time.perf_counter(), time.time()
        try:
            _execute_all(run, lessons, start, parameters, console)
            run.status = "failed" if run.failed else "ok"
        except BaseException:
            run.status = "interrupted"
            raise
        finally:
            run.seconds = round(time.perf_counter() - began, 2)
            mask_logs(target.folder)
            _count(run, target.warehouse, clock)
            run.save()
        report.write(run)
    return run


def _execute_all(
    run: Run, lessons: list[LessonFile], start: str, parameters: dict, console: Console
) -> None:
    """Execute the lessons from `start` on, up to the first that fails."""
    told = run.folder / "progress.txt"
    told_to_lessons = {"COURSE_PROGRESS": str(told)} | (
        {"COURSE_STAGES_ONLY": "1"} if run.stages_only else {}
    )
    os.environ.update(told_to_lessons)
    try:
        with _progress(console, told) as progress:
            for lesson, stage in zip(lessons, run.stages, strict=True):
                if (
                    run.stages_only
                    and not lesson.stage_code()
                    and (lesson.number != start or lesson == lessons[0])
                ):
                    # it would start a kernel for nothing;
                    # another start brings the workspace up first
                    stage.status = "skipped"
                if stage.status == "skipped":
                    continue
                _execute(lesson, stage, run, parameters, progress)
                run.save()
                if stage.status == "failed":
                    break
    finally:
        for name in told_to_lessons:
            os.environ.pop(name, None)
        delete(told, inside=run.folder)


def _new_folder() -> Path:
    stem = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    for number in range(1, 1000):
        folder = settings().runs / (stem if number == 1 else f"{stem}_{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        return folder
    raise RuntimeError("a thousand runs within one second")


def last_run(target: str) -> dict | None:
    """The account of the newest run on a target, as run.json holds it, or None."""
    return next(
        (
            account
            for account in reversed(accounts()[0])
            if account["parameters"]["target"] == target
        ),
        None,
    )


def _where_it_stopped(parameters: dict) -> str:
    last = last_run(parameters["target"])
    if last is None or last["parameters"] != _shown(parameters) or last["status"] == "ok":
        raise PipelineError(
            f"There is no run on {parameters['target']} to resume.",
            cause="the last run went through, or it had other parameters",
            fix="leave --resume out; a run from the start changes nothing that is done already",
            faq="nothing-to-resume",
        )
    stopped_at = next(
        (
            stage["lesson"][:2]
            for stage in last["stages"]
            if stage["status"] in ("failed", "not run")
        ),
        None,
    )
    if stopped_at is None:
        raise PipelineError(
            f"The last run on {parameters['target']} was complete: there is nothing to resume.",
            cause="it was ended when all its lessons were done, "
            "and only its report was still to be written",
            fix="leave --resume out; a run from the start changes nothing that is done already, "
            "and writes the report",
            faq="nothing-to-resume",
        )
    return stopped_at


class _Told(ProgressColumn):
    """What a lesson's long step tells of itself, from the file that `COURSE_PROGRESS` names to the
    notebooks.
    """

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.file = file

    def render(self, task: Task) -> Text:
        told = (
            self.file.read_text(encoding="utf-8")
            if task.stop_time is None and self.file.exists()
            else ""
        )
        return Text(told, style="dim", overflow="ellipsis", no_wrap=True)


def _progress(console: Console, told: Path) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("cells"),
        TimeElapsedColumn(),
        _Told(told),
        console=console,
    )


def _execute(
    lesson: LessonFile, stage: Stage, run: Run, parameters: dict, progress: Progress
) -> None:
    from papermill.execute import execute_notebook

    notebook = stages_only(lesson.read()) if run.stages_only else lesson.read()
    output = run.folder / lesson.path.name
    nbformat.write(notebook, output)
    # papermill adds one
    task = progress.add_task(
        lesson.name, total=1 + sum(cell.cell_type == "code" for cell in notebook.cells)
    )
    began = time.perf_counter()

    def on_cell_executed(cell, **_) -> None:
        _mask_outputs(cell)
        progress.advance(task)

    try:
        execute_notebook(
            str(output),
            str(output),
            parameters=parameters,
            cwd=str(lesson.path.parent),
            kernel_name="python3",
            progress_bar=False,
            extra_arguments=QUIET_KERNEL,
            # else it waits more than a second; nothing is open between cells
            shutdown_kernel="immediate",
            # what a cell shows is saved when it is done and masked, not before
            autosave_cell_every=0,
            on_cell_executed=on_cell_executed,
        )
        stage.status = "ok"
    except Exception as error:  # whatever stops a lesson stops the run, and is told
        stage.status, stage.error = "failed", _told(error)
        stage.cell = _cell_id(output, getattr(error, "source", None))
        if entry := re.search(r"FAQ\.md#([a-z0-9-]+)", str(error)):
            stage.faq = f"FAQ.md#{entry[1]}"
    finally:
        _mask_notebook(output)
    stage.seconds = round(time.perf_counter() - began, 2)
    stage.notebook = output.name
    mark = "[green]done[/]" if stage.status == "ok" else "[red]failed[/]"
    progress.update(task, description=f"{lesson.name} {mark}")
    progress.stop_task(task)


def _shown(parameters: dict) -> dict:
    """The parameters as anybody may read them: a path can be an address with a password in it."""
    return masked(parameters)


def _mask_outputs(cell: nbformat.NotebookNode) -> None:
    for output in cell.get("outputs", []):
        output.update(
            {
                name: masked(output[name])
                for name in ("text", "data", "evalue", "traceback")
                if name in output
            }
        )


def _mask_notebook(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.source = masked(cell.source)
        _mask_outputs(cell)
    # papermill notes the parameters there
    notebook.metadata = nbformat.from_dict(masked(notebook.metadata))
    nbformat.write(notebook, path)


def _told(error: Exception) -> str:
    if hasattr(error, "ename") and hasattr(error, "evalue"):
        return masked(f"{error.ename}: {error.evalue}")
    return masked(f"{type(error).__name__}: {error}")


def _cell_id(notebook: Path, source: str | None) -> str:
    """The id of the cell with that source (papermill's indexes do not count the cells that it adds
    itself).
    """
    cells = nbformat.read(notebook, as_version=4).cells
    return next((cell.id for cell in cells if source is not None and cell.source == source), "")


def _count(run: Run, warehouse: Path, since: float) -> None:
    """Note what the warehouse holds and what the run's loads did; if that cannot be read, why."""
    try:
        run.rows, run.storage = rows_of(warehouse, since), storage_of(warehouse)
    except (PipelineError, duckdb.Error, OSError) as error:  # the account is written all the same
        run.unread = masked(
            error.what if isinstance(error, PipelineError) else f"{type(error).__name__}: {error}"
        )


def tell(run: Run, console: Console) -> None:
    """Say how a run went, and where to read on."""
    where = relative(run.folder)
    if run.unread:
        console.print(
            f"The report counts no rows: {run.unread}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    if failed := run.failed:
        console.print(
            f"\n[red bold]Lesson {failed.lesson} failed[/] in the cell "
            f"[bold]{failed.cell or '?'}[/]\n"
        )
        console.print(failed.error, markup=False, highlight=False)
        if failed.faq:
            console.print(f"\nFAQ entry: {failed.faq}", markup=False, highlight=False)
        console.print(
            f"\nThe notebook as it stopped: {where}/{failed.notebook}",
            markup=False,
            highlight=False,
        )
        console.print(
            f"Report:                     {where}/report.html", markup=False, highlight=False
        )
        console.print(
            "Once the cause is mended:   course run --resume (with the same options)",
            highlight=False,
        )
        return
    done = [stage for stage in run.stages if stage.status == "ok"]
    console.print(
        f"\n[green bold]{len(done)} lessons in {run.seconds:.0f} s.[/] Read the answers: "
        f"{escape(where)}/report.html",
        highlight=False,
    )
