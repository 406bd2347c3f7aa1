"""What every lesson's setup line gives: the parameters, a workspace that is ready, some helpers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from pathlib import Path

import pandas as pd

from course import frames, warehouse
from course.dbt import dbt
from course.environment import DBT_PROJECT, ROOT
from course.notebooks import find_lesson, find_lessons
from dlt_pipelines.amazon_products_pipeline import (
    LAST_DAY,
    Target,
    find_target,
    practice_marketplace,
)
from dlt_pipelines.deletion import delete
from dlt_pipelines.masking import masked
from dlt_pipelines.notes import read_note, write_note


@dataclass(frozen=True)
class Lesson:
    """A lesson at work on a target, with the run's parameters."""

    number: str
    source: str
    path: str
    target: str
    run_date: str
    full_refresh: bool

    @property
    def place(self) -> Target:
        return find_target(self.target)

    @property
    def is_practice(self) -> bool:
        """Whether the data are the practice marketplace's: some questions only make sense there."""
        return self.source == "marketplace"

    @property
    def load_options(self) -> dict:
        """The parameters as the pipeline's `run` takes them."""
        day = date.fromisoformat(self.run_date) if self.run_date else None
        return {
            "source": self.source,
            "path": self.path or None,
            "target": self.target,
            "run_date": day,
            "full_refresh": self.full_refresh,
        }

    def query(self, sql: str) -> pd.DataFrame:
        """The rows of a SQL statement on this target's warehouse."""
        return warehouse.query(self.place.warehouse, sql)

    def dbt(self, *arguments: str, show: bool = False) -> pd.DataFrame:
        """Run dbt on this target: see `course.dbt.dbt`."""
        return dbt(*arguments, target=self.target, show=show)

    def stamp(self) -> None:
        """Note that this lesson's stage is done, for these parameters."""
        write_note(_stamp_path(self), _work(self))

    def sandbox(self) -> Lesson:
        """An empty practice target of this lesson's own, to break things in; anew at each call."""
        name = f"sandbox-{self.target}-{self.number}"
        folder = find_target(name).folder
        delete(folder, inside=folder.parent)
        return Lesson(self.number, "marketplace", "", name, "", False)


def start(
    number: str,
    source: str = "marketplace",
    path: str = "",
    target: str = "dev",
    run_date: str = "",
    full_refresh: bool = False,
) -> Lesson:
    """Begin lesson `number`: bring the target up to where the lesson before it ends, and connect
    JupySQL to it.

    What earlier lessons have done is read from their stamps in `data/<target>/stamps/`; what is
    missing is done now, by their own stage cells. Raises PipelineError.
    """
    lesson = Lesson(number, source, path, target, run_date, full_refresh)
    for earlier in find_lessons():
        if earlier.number >= number:
            break
        if earlier.stage_code() and not _is_done(replace(lesson, number=earlier.number)):
            _perform(replace(lesson, number=earlier.number))
    # no stage asks in SQL magic, and JupySQL takes a second to load
    if "COURSE_STAGES_ONLY" not in os.environ:
        connect_jupysql(lesson)
    return lesson


def _work(lesson: Lesson) -> dict:
    """What a stage's result depends on."""
    return {
        "source": lesson.source,
        "path": masked(str(Path(lesson.path).resolve())) if lesson.path else "",
        "run_date": lesson.run_date or (LAST_DAY.isoformat() if lesson.is_practice else ""),
        **(asdict(practice_marketplace()) if lesson.is_practice else {}),
    }


def _stamp_path(lesson: Lesson) -> Path:
    return lesson.place.folder / "stamps" / f"{lesson.number}.json"


def _is_done(lesson: Lesson) -> bool:
    return lesson.place.warehouse.exists() and read_note(_stamp_path(lesson), {}) == _work(lesson)


def _perform(lesson: Lesson) -> None:
    """Do an earlier lesson's stage here and now: its stage cells, without their output."""
    namespace = {f.name: getattr(lesson, f.name) for f in fields(lesson)} | {"lesson": lesson}
    for cell, code in find_lesson(lesson.number).stage_code().items():
        exec(compile(code, f"lesson {lesson.number}, cell {cell}", "exec"), namespace)


def connect_jupysql(lesson: Lesson) -> None:
    """Load JupySQL, if this is a notebook: a connection lasts a cell, and errors raise. Tables show
    their texts whole.
    """
    try:
        shell = get_ipython()  # type: ignore[name-defined]
    except NameError:
        return
    from IPython.utils.capture import capture_output

    frames.dress(shell)
    with capture_output():  # JupySQL says that it found no settings file; it needs none
        # ~/.jupysql/connections.ini may name a default, and it would be opened
        shell.config.SqlMagic.dsn_filename = os.devnull
        shell.run_line_magic("load_ext", "sql")
        magic = shell.magics_manager.registry["SqlMagic"]
        # what a profile or ~/.jupysql/config has set counts for nothing
        for name, trait in magic.traits(config=True).items():
            setattr(magic, name, trait.default(magic))
        for setting in (
            "autopandas = True",
            "feedback = 0",
            "displaycon = False",
            "short_errors = False",
        ):
            shell.run_line_magic("config", f"SqlMagic.{setting}")
        connection = warehouse.Connection(lesson.place.warehouse, shell.user_ns)
        shell.events.register("post_run_cell", connection.end_of_cell)
        shell.user_ns["_warehouse"] = connection
        shell.run_line_magic("sql", "_warehouse --alias warehouse")


@dataclass
class Caught:
    """What a block that was meant to fail raised."""

    error: BaseException | None = None


@contextmanager
def expect(*errors: type[BaseException], show: bool = True) -> Iterator[Caught]:
    """A block that is meant to fail: prints the error's kind and first line (unless `show` is
    false), keeps the error as `.error`, and complains when nothing fails.
    """
    caught = Caught()
    try:
        yield caught
    except errors as error:
        caught.error = error
        if show:
            print(f"{type(error).__name__}: {str(error).strip().splitlines()[0]}")
    else:
        raise AssertionError(
            f"this was meant to fail with {' or '.join(e.__name__ for e in errors)}, and did not"
        )


MOVED = {  # what older copies of lessons show, and where it is now
    "dlt_pipelines/records.py": "dlt_pipelines/load/contract.py",
    "dlt_pipelines/amazon_products_pipeline.py": "dlt_pipelines/load/sources.py",
    "macros/epoch_ms_to_timestamp.sql": "dbt_project/macros/dialect/epoch_ms_to_timestamp.sql",
}


def show(path: str, first: str | None = None, last: str | None = None):
    """A file of the repository with its colours: the whole, or from the line that holds `first` to
    the one that holds `last`.

    `path` is relative to the repository, or to dbt_project.
    """
    from IPython.display import Markdown

    places = (ROOT / path, DBT_PROJECT / path, ROOT / MOVED.get(path, path))
    texts = [(target, target.read_text(encoding="utf-8")) for target in places if target.is_file()]
    found, text = next(
        ((target, text) for target, text in texts if not first or first in text), (None, "")
    )
    if found is None:
        raise FileNotFoundError(
            f"there is no {path} in the repository or in "
            f"dbt_project{f' with {first!r}' if first else ''}"
        )
    lines = text.splitlines()
    begin = next(i for i, line in enumerate(lines) if first in line) if first else 0
    end = next(
        (i + 1 for i, line in enumerate(lines) if i >= begin and last and last in line), len(lines)
    )
    language = {".py": "python", ".yml": "yaml", ".toml": "toml", ".sql": "sql"}.get(
        found.suffix, "text"
    )
    return Markdown("\n".join([f"```{language}", *lines[begin:end], "```"]))
