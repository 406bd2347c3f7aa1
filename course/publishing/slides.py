"""Lessons as slides: the same cells, one heading a slide, with reveal.js beside them so that no
network is needed."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import shutil
from pathlib import Path

from course.environment import TEMPLATES
from course.notebooks import LessonFile, has_tag
from course.pages import CLOSED, describe, exporter


def write_slides(lesson: LessonFile, folder: Path) -> Path:
    """Render a lesson with its stored outputs as `<name>.slides.html` in `folder`; return the file.

    A heading begins a slide, further text a slide below it; code stands with the text before it.
    Parameters and setup are left out.
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
    for cell in notebook.cells:
        cell.metadata["slideshow"] = {"slide_type": _slide_type(cell)}
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
    body, _ = exporter(SlidesExporter, **options).from_notebook_node(describe(notebook), resources)
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


def _slide_type(cell) -> str:
    if has_tag(cell, "parameters", "setup"):
        return "skip"
    if cell.cell_type == "code":
        return "-"
    return "slide" if cell.source.startswith("#") else "subslide"
