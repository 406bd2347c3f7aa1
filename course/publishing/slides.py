"""Lessons as slides: the same cells, one heading a slide, with reveal.js beside them so that no network is needed."""

from __future__ import annotations

import shutil
from pathlib import Path

from course.environment import TEMPLATES
from course.notebooks import LessonFile, has_tag


def write_slides(lesson: LessonFile, folder: Path) -> Path:
    """Render a lesson with its stored outputs as `<name>.slides.html` in `folder`; return that file.

    A heading begins a slide, further text a slide below it; code stands with the text before it. Parameters and setup are left out.
    """
    import sphinx_revealjs
    from nbconvert import SlidesExporter

    carried = Path(sphinx_revealjs.__file__).parent / "_static" / "revealjs"
    for part in ("dist", "plugin/notes", "LICENSE"):
        source, destination = carried / part, folder / "reveal.js" / part
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, destination, dirs_exist_ok=True) if source.is_dir() else shutil.copyfile(source, destination)
    notebook = lesson.read()
    for cell in notebook.cells:
        cell.metadata["slideshow"] = {"slide_type": _slide_type(cell)}
    exporter = SlidesExporter(template_name="slides", extra_template_basedirs=[str(TEMPLATES)], reveal_url_prefix="reveal.js")
    body, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": lesson.name}})
    path = folder / f"{lesson.name}.slides.html"
    path.write_text(body, encoding="utf-8")
    return path


def _slide_type(cell) -> str:
    if has_tag(cell, "parameters", "setup"):
        return "skip"
    if cell.cell_type == "code":
        return "-"
    return "slide" if cell.source.startswith("#") else "subslide"
