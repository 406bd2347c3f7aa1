"""A lesson of a run at work."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat

from course.notebooks import QUIET_KERNEL, LessonFile, has_tag, stages_only
from course.running.display import Display
from course.running.kernels import Kernels
from course.running.masking import masked
from course.running.order import Order
from course.running.record import Run, Stage


@dataclass(frozen=True)
class Workshop:
    """What the lessons of a run share, and how one is executed. Several may be at a time."""

    run: Run
    parameters: dict
    kernels: Kernels
    display: Display
    order: Order

    def execute(self, lesson: LessonFile, stage: Stage) -> None:
        """Execute a lesson and note in `stage` how it went; nothing where the run is ended."""
        output = self.run.folder / lesson.path.name
        began = time.perf_counter()
        try:
            self._note(stage, self._attempt(lesson, output), output)
            if not self.kernels.ended:
                stage.seconds = round(time.perf_counter() - began, 2)
                stage.notebook = output.name
            self.display.end(lesson, "interrupted" if self.kernels.ended else stage.status)
        finally:
            self.order.ended(lesson)

    def _attempt(self, lesson: LessonFile, output: Path) -> Exception | None:
        """What stopped the lesson, if anything did: it stops the run, and is told."""
        notebook = stages_only(lesson.read()) if self.run.stages_only else lesson.read()
        nbformat.write(notebook, output)
        try:
            self._execute(lesson, notebook, output)
        except Exception as error:
            return error
        finally:
            _mask_notebook(output)
        return None

    def _note(self, stage: Stage, error: Exception | None, output: Path) -> None:
        if error is None:
            stage.status = "ok"
        elif not self.kernels.ended:
            stage.cell = _cell_id(output, getattr(error, "source", None))
            if entry := re.search(r"FAQ\.md#([a-z0-9-]+)", str(error)):
                stage.faq = f"FAQ.md#{entry[1]}"
            stage.status, stage.error = "failed", _told(error)

    def _execute(self, lesson: LessonFile, notebook: nbformat.NotebookNode, output: Path) -> None:
        from papermill.execute import execute_notebook

        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        ids = {name: [cell.id for cell in code if has_tag(cell, name)] for name in TOLD}
        self.display.begin(lesson, cells=1 + len(code))  # papermill adds one
        variables = {"COURSE_PROGRESS": str(self.display.told_by(lesson))}
        variables |= {"COURSE_STAGES_ONLY": "1"} if self.run.stages_only else {}

        def on_cell_executed(cell, execute_reply, **_) -> None:
            _mask_outputs(cell)
            self.display.cell_done(lesson)
            if execute_reply["content"]["status"] == "ok":
                for name, last in ids.items():
                    if cell.id in last[-1:]:
                        getattr(self.order, TOLD[name])(lesson)

        execute_notebook(
            str(output),
            str(output),
            parameters=self.parameters,
            resources={"metadata": {"path": str(lesson.path.parent)}},  # the kernel's folder
            kernel_name="python3",
            kernel_manager_class=self.kernels.manager_class(variables),
            progress_bar=False,
            extra_arguments=QUIET_KERNEL,
            # else it waits more than a second; nothing is open between cells
            shutdown_kernel="immediate",
            # what a cell shows is saved when it is done and masked, not before
            autosave_cell_every=0,
            on_cell_executed=on_cell_executed,
        )


# by the tag of a lesson's cells, what the order is told when the last of them is done
TOLD = {"setup": "opened", "stage": "staged"}


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
