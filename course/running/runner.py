"""The lessons executed in order as the pipeline, with an account of what happened."""

from __future__ import annotations

import platform
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import duckdb
from rich.console import Console
from rich.markup import escape

from course.environment import settings
from course.history import accounts
from course.notebooks import LessonFile, find_lesson, find_lessons, relative
from course.running import report
from course.running.display import Display
from course.running.figures import rows_of, storage_of
from course.running.kernels import Kernels
from course.running.masking import mask_logs, masked
from course.running.order import Order
from course.running.record import Run, Stage
from course.running.work import Workshop
from dlt_pipelines.amazon_products_pipeline import find_target
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
    """Execute the lessons from `start` on; where one fails, no other is begun."""
    for lesson, stage in zip(lessons, run.stages, strict=True):
        # it would start a kernel for nothing; another start brings the workspace up first
        wanted = lesson.stage_code() or (lesson.number == start and lesson != lessons[0])
        if run.stages_only and not wanted:
            stage.status = "skipped"
    todo = {
        lesson: stage
        for lesson, stage in zip(lessons, run.stages, strict=True)
        if stage.status != "skipped"
    }
    order = Order(list(todo), gated=start != lessons[0].number)
    with (
        Kernels() as kernels,
        Display(list(todo), run.folder, console) as display,
        ThreadPoolExecutor(order.at_once) as pool,
    ):
        shop = Workshop(run, parameters, kernels, display, order)
        begun = []
        try:
            while order.at_work or (order.waiting and not run.failed):
                while not run.failed and (lesson := order.begin()):
                    begun.append(pool.submit(shop.execute, lesson, todo[lesson]))
                order.wait()
                run.save()
                for each in begun:
                    if each.done():
                        each.result()  # what is no lesson's failure, such as a full disk, is raised
            for each in begun:
                each.result()
        finally:
            kernels.end()  # where the run is interrupted; else none is left


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


def _shown(parameters: dict) -> dict:
    """The parameters as anybody may read them: a path can be an address with a password in it."""
    return masked(parameters)


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
