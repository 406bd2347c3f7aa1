"""The report of a run: one page with the answer and its figures, then what was loaded and what
ran."""

from __future__ import annotations

import nbformat
from jinja2 import Environment, PackageLoader

from course.pages import STILL, describe, exporter
from course.running.figures import KINDS
from course.running.findings import findings
from course.running.record import Run
from dlt_pipelines.amazon_products_pipeline import find_target

ANSWERS = "09_answer_the_question"
ANSWER = "answer"  # the cell of that lesson that writes it
PICTURES = ("quality-plot",)  # the cells that draw the evidence


def write(run: Run) -> None:
    """Write `report.html` into the run's folder. It needs no other file and no network."""
    template = Environment(
        loader=PackageLoader("course"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    ).get_template("report.html.j2")
    found = None if run.failed else findings(find_target(run.parameters["target"]).warehouse)
    page = template.render(
        run=run,
        answer=_from_lesson(run, ANSWER),
        findings=found,
        pictures=_from_lesson(run, *PICTURES),
        kinds=KINDS,
        policy=STILL,
    )
    (run.folder / "report.html").write_text(page, encoding="utf-8")


def _from_lesson(run: Run, *ids: str) -> str:
    """What cells of the last lesson show, as HTML without their code; empty where they did not
    run."""
    path = run.folder / f"{ANSWERS}.ipynb"
    if not path.exists() or run.failed or run.stages_only:
        return ""
    from nbconvert import HTMLExporter

    notebook = describe(nbformat.read(path, as_version=4))
    notebook.cells = [cell for cell in notebook.cells if cell.id in ids]
    page = exporter(
        HTMLExporter,
        template_name="basic",
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )
    return page.from_notebook_node(notebook)[0]
