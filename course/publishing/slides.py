"""Lessons as slides: the same cells, one heading a slide, with reveal.js beside them so that no
network is needed."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import shutil
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from course.environment import TEMPLATES
from course.notebooks import LessonFile, has_tag
from course.pages import CLOSED, describe, exporter

if TYPE_CHECKING:
    from nbformat import NotebookNode


def write_slides(lesson: LessonFile, folder: Path) -> Path:
    """Render a lesson with its stored outputs as `<name>.slides.html` in `folder`; return the file.

    A heading begins a slide, further text a slide below it; code stands with the text before it.
    What is too tall for one slide is cut into several in the browser (`paginate.js`). Parameters
    and setup are left out.
    """
    import sphinx_revealjs
    from nbconvert import SlidesExporter

    carried = Path(sphinx_revealjs.__file__).parent / "_static" / "revealjs"
    for part in ("dist", "plugin/notes", "LICENSE"):
        source, destination = carried / part, folder / "reveal.js" / part
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(
            source, destination, dirs_exist_ok=True
        ) if source.is_dir() else shutil.copyfile(source, destination)
    notebook = lesson.read()
    notebook.cells = [part for cell in notebook.cells for part in _parts(cell)]
    for cell, following in zip(notebook.cells, [*notebook.cells[1:], None], strict=True):
        cell.metadata["slideshow"] = {"slide_type": _slide_type(cell, following)}
    options = {"template_name": "slides", "extra_template_basedirs": [str(TEMPLATES)]}
    options |= {
        "reveal_url_prefix": "reveal.js",
        "reveal_theme": "white",
    }  # the default theme asks Google for its fonts
    nonce = secrets.token_urlsafe()
    resources = {
        "metadata": {"name": lesson.name},
        "nonce": nonce,
        "policy": _policy(nonce, carried),
    }
    body, _ = exporter(SlidesExporter, lessons=".slides.html", **options).from_notebook_node(
        describe(notebook), resources
    )
    path = folder / f"{lesson.name}.slides.html"
    path.write_text(body, encoding="utf-8")
    return path


def _policy(nonce: str, carried: Path) -> str:
    """What slides may do: run reveal.js, the scripts that the template names, and the one in the
    speaker's view that reveal.js writes."""
    view = (carried / "plugin" / "notes" / "speaker-view.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", view, re.DOTALL)
    hashes = [
        base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts
    ]
    may_run = " ".join([f"'nonce-{nonce}'", *(f"'sha256-{each}'" for each in hashes)])
    files = "'self' file:"
    return (
        f"default-src 'none'; script-src {may_run}; style-src 'unsafe-inline' {files}; "
        f"font-src {files} data:; img-src data:; frame-src {files}; {CLOSED}"
    )


def _parts(cell: NotebookNode) -> list[NotebookNode]:
    """A cell of text with a heading in its middle as two: the heading begins a slide."""
    if cell.cell_type != "markdown":
        return [cell]
    from markdown_it import MarkdownIt
    from nbformat.v4 import new_markdown_cell

    tokens = MarkdownIt("commonmark").parse(cell.source)
    begins = [token.map[0] for token in tokens if token.type == "heading_open" and not token.level]
    lines = cell.source.splitlines()
    edges = [0, *(line for line in begins if line), len(lines)]
    texts = ["\n".join(lines[begin:end]) for begin, end in pairwise(edges)]
    return [cell] if len(texts) == 1 else [new_markdown_cell(text) for text in texts]


def _slide_type(cell: NotebookNode, following: NotebookNode | None) -> str:
    """Where a cell stands: text that says what the code before it showed, and leads to no other,
    stays with it."""
    if has_tag(cell, "parameters", "setup"):
        return "skip"
    if cell.cell_type == "code":
        return "-"
    if cell.source.startswith("#"):
        return "slide"
    return "subslide" if following and following.cell_type == "code" else "-"
