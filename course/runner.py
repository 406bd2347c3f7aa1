"""The lessons executed in order as the pipeline, with an account of what happened."""

from __future__ import annotations

import json
import platform
import re
import time
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import nbformat
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from course import report
from course.environment import settings
from course.notebooks import QUIET_KERNEL, LessonFile, find_lesson, find_lessons, relative, stages_only
from course.warehouse import query
from dlt_pipelines.amazon_products_pipeline import DATASET, find_target
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.locks import describe_command, hold

SHOWN_VERSIONS = ("dlt", "duckdb", "dbt-core", "dbt-duckdb", "papermill", "pandas", "jupysql")


@dataclass
class Stage:
    """One lesson of a run."""

    lesson: str
    status: str = "not run"  # ok, failed, skipped, not run
    seconds: float = 0.0
    notebook: str = ""
    cell: str = ""
    error: str = ""
    faq: str = ""


@dataclass
class Run:
    """A run as `run.json` holds it."""

    folder: Path
    parameters: dict
    stages_only: bool
    started_at: str
    stages: list[Stage]
    status: str = "running"
    seconds: float = 0.0
    rows: dict[str, dict[str, int]] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def failed(self) -> Stage | None:
        return next((stage for stage in self.stages if stage.status == "failed"), None)

    def save(self) -> None:
        content = asdict(self) | {"folder": self.folder.name}
        (self.folder / "run.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def run(
    parameters: dict,
    *,
    first: str | None = None,
    resume: bool = False,
    stages_only: bool = False,
    console: Console | None = None,
) -> Run:
    """Execute the lessons in order, with `parameters` in place of their defaults, and write `runs/<time>/`.

    parameters: source, path, target, run_date, full_refresh, as each lesson's `parameters` cell has them.
    first: the number of the lesson to begin with; what comes before is done by its stage cells if it is missing.
    resume: begin with the lesson that stopped the last run on this target with the same parameters.
    Stops at the first lesson that fails. Raises PipelineError when the run cannot begin.
    """
    console = console or Console()
    target = find_target(parameters["target"])
    lessons = find_lessons()
    start = find_lesson(first).number if first else _where_it_stopped(parameters) if resume else lessons[0].number
    with hold(target.folder / "run.lock", describe_command()):
        run = Run(_new_folder(), parameters, stages_only, datetime.now().isoformat(timespec="seconds"), [])
        run.versions = {"python": platform.python_version()} | {name: version(name) for name in SHOWN_VERSIONS}
        run.stages = [Stage(lesson.name, "skipped" if lesson.number < start else "not run") for lesson in lessons]
        run.save()
        began = time.perf_counter()
        with _progress(console) as progress:
            for lesson, stage in zip(lessons, run.stages, strict=True):
                if stage.status == "skipped":
                    continue
                _execute(lesson, stage, run, progress)
                run.save()
                if stage.status == "failed":
                    break
        run.seconds = round(time.perf_counter() - began, 2)
        run.status = "failed" if run.failed else "ok"
        run.rows = _rows(target.warehouse)
        run.save()
        report.write(run)
    return run


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
    for path in sorted(settings().runs.glob("*/run.json"), reverse=True):
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["parameters"]["target"] == target:
            return content
    return None


def _where_it_stopped(parameters: dict) -> str:
    last = last_run(parameters["target"])
    if last is None or last["parameters"] != parameters or last["status"] == "ok":
        raise PipelineError(
            f"There is no run on {parameters['target']} to resume.",
            cause="the last run went through, or it had other parameters",
            fix="leave --resume out; a run from the start changes nothing that is done already",
            faq="nothing-to-resume",
        )
    return next(stage["lesson"][:2] for stage in last["stages"] if stage["status"] in ("failed", "not run"))


def _progress(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("cells"),
        TimeElapsedColumn(),
        console=console,
    )


def _execute(lesson: LessonFile, stage: Stage, run: Run, progress: Progress) -> None:
    from papermill.execute import execute_notebook

    notebook = stages_only(lesson.read()) if run.stages_only else lesson.read()
    output = run.folder / lesson.path.name
    nbformat.write(notebook, output)
    task = progress.add_task(lesson.name, total=1 + sum(cell.cell_type == "code" for cell in notebook.cells))  # papermill adds one
    began = time.perf_counter()
    try:
        execute_notebook(
            str(output),
            str(output),
            parameters=run.parameters,
            cwd=str(lesson.path.parent),
            kernel_name="python3",
            progress_bar=False,
            extra_arguments=QUIET_KERNEL,
            on_cell_executed=lambda **_: progress.advance(task),
        )
        stage.status = "ok"
    except Exception as error:  # whatever stops a lesson stops the run, and is told
        stage.status, stage.error = "failed", _told(error)
        stage.cell = _cell_id(output, getattr(error, "source", None))
        if entry := re.search(r"FAQ\.md#([a-z0-9-]+)", str(error)):
            stage.faq = f"FAQ.md#{entry[1]}"
    stage.seconds = round(time.perf_counter() - began, 2)
    stage.notebook = output.name
    mark = "[green]done[/]" if stage.status == "ok" else "[red]failed[/]"
    progress.update(task, description=f"{lesson.name} {mark}")
    progress.stop_task(task)


def _told(error: Exception) -> str:
    if hasattr(error, "ename"):
        return f"{error.ename}: {error.evalue}"
    return f"{type(error).__name__}: {error}"


def _cell_id(notebook: Path, source: str | None) -> str:
    """The id of the cell with that source (papermill's indexes do not count the cells that it adds itself)."""
    cells = nbformat.read(notebook, as_version=4).cells
    return next((cell.id for cell in cells if source is not None and cell.source == source), "")


def _rows(warehouse: Path) -> dict[str, dict[str, int]]:
    """Rows of each table of the warehouse, and what the last load did to it."""
    if not warehouse.exists():
        return {}
    try:
        names = query(
            warehouse,
            "select schema_name || '.' || table_name as name from duckdb_tables() "
            "where not starts_with(table_name, '_dlt') and schema_name not in ('amazon_raw_staging', 'ledger') order by 1",
        ).name
        tables = query(warehouse, " union all ".join(f"select '{n}' as name, count(*) as row_count from {n}" for n in names))
        loads = query(
            warehouse,
            f"""select table_name, sum(rows_in)::bigint as rows_in, sum(inserted)::bigint as inserted, sum(updated)::bigint as updated,
                sum(unchanged)::bigint as unchanged, sum(duplicates)::bigint as duplicates, sum(rejected)::bigint as rejected
            from {DATASET}.load_reconciliation where load_id = (select max(load_id) from {DATASET}.load_reconciliation)
            group by table_name order by table_name""",
        )
    except Exception:  # a run that failed may leave no warehouse worth reading; the account of it must still be written
        return {}
    return {
        "tables": {row["name"]: int(row["row_count"]) for row in tables.to_dict("records")},
        "last_load": {row["table_name"]: {k: int(v) for k, v in row.items() if k != "table_name"} for row in loads.to_dict("records")},
    }


def tell(run: Run, console: Console) -> None:
    """Say how a run went, and where to read on."""
    where = relative(run.folder)
    if failed := run.failed:
        console.print(f"\n[red bold]Lesson {failed.lesson} failed[/] in the cell [bold]{failed.cell or '?'}[/]\n")
        console.print(failed.error, markup=False, highlight=False)
        if failed.faq:
            console.print(f"\nFAQ entry: {failed.faq}", markup=False, highlight=False)
        console.print(f"\nThe notebook as it stopped: {where}/{failed.notebook}", highlight=False)
        console.print(f"Report:                     {where}/report.html", highlight=False)
        console.print("Once the cause is mended:   course run --resume (with the same options)", highlight=False)
        return
    done = [stage for stage in run.stages if stage.status == "ok"]
    console.print(f"\n[green bold]{len(done)} lessons in {run.seconds:.0f} s.[/] Read the answers: {where}/report.html", highlight=False)
