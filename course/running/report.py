"""The report of a run: one page with what ran, what was loaded, and the last lesson's answers."""

from __future__ import annotations

import nbformat
from jinja2 import Environment, PackageLoader

from course.pages import STILL, describe, exporter
from course.running.record import Run

ANSWERS = "09_answer_the_question"


def write(run: Run) -> None:
    """Write `report.html` into the run's folder. It needs no other file and no network."""
    template = Environment(loader=PackageLoader("course"), autoescape=True).get_template(
        "report.html.j2"
    )
    (run.folder / "report.html").write_text(
        template.render(run=run, answers=_answers(run), policy=STILL), encoding="utf-8"
    )


def _answers(run: Run) -> str:
    """The answer, then the evidence, from the last lesson as HTML without its code; empty where it
    did not run.
    """
    path = run.folder / f"{ANSWERS}.ipynb"
    if not path.exists() or run.failed or run.stages_only:
        return ""
    from nbconvert import HTMLExporter

    notebook = describe(nbformat.read(path, as_version=4))
    ids = [cell.id for cell in notebook.cells]
    # the owner asked about products
    body = notebook.cells[ids.index("setup") + 1 : ids.index("watch-the-runs")]
    answer = [cell for cell in body if cell.id in ("the-answer", "answer")]
    notebook.cells = answer + [cell for cell in body if cell not in answer]
    options = {"exclude_input": True, "exclude_input_prompt": True, "exclude_output_prompt": True}
    return exporter(HTMLExporter, template_name="basic", **options).from_notebook_node(notebook)[0]
