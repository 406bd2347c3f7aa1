"""The lessons as files: found, read, re-executed, and kept in one shape."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from course.environment import NOTEBOOKS, ROOT
from dlt_pipelines.errors import PipelineError

# nbformat takes seconds to import (a grammar in its validator), and a lesson's start need not wait
if TYPE_CHECKING:
    from nbformat import NotebookNode

# it would warn in the terminal about its loopback connection
QUIET_KERNEL = ["--IPKernelApp.log_level=ERROR"]


@dataclass(frozen=True)
class LessonFile:
    """One numbered notebook."""

    path: Path

    @property
    def number(self) -> str:
        return self.path.name[:2]

    @property
    def name(self) -> str:
        return self.path.stem

    def read(self) -> NotebookNode:
        import nbformat

        return nbformat.read(self.path, as_version=4)

    @property
    def title(self) -> str:
        return self.read().cells[0].source.splitlines()[0].lstrip("# ")

    def stage_code(self) -> dict[str, str]:
        """The code of the lesson's stage, without parameters and setup, by cell id; empty where it
        does none.
        """
        cells = json.loads(self.path.read_text(encoding="utf-8"))["cells"]
        stage = [
            cell
            for cell in cells
            if has_tag(cell, "stage") and not has_tag(cell, "parameters", "setup")
        ]
        return {cell["id"]: "".join(cell["source"]) for cell in stage}


def has_tag(cell: dict, *tags: str) -> bool:
    return not set(tags).isdisjoint(cell["metadata"].get("tags", []))


def find_lessons() -> list[LessonFile]:
    """All lessons in the order of their numbers."""
    return [LessonFile(path) for path in sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))]


def find_lesson(number: str) -> LessonFile:
    """The lesson of that number, such as "05" or "5". Raises PipelineError where there is none."""
    for lesson in find_lessons():
        if lesson.number == number.zfill(2):
            return lesson
    raise PipelineError(
        f"There is no lesson {number}.",
        cause="the number is misspelt, or the lesson has not been written yet",
        fix=f"choose one of {', '.join(lesson.number for lesson in find_lessons())}",
        faq="no-such-lesson",
    )


def stages_only(notebook: NotebookNode) -> NotebookNode:
    """The notebook with its prose and its stage cells, without the demo cells."""
    notebook.cells = [cell for cell in notebook.cells if not has_tag(cell, "demo")]
    return notebook


def normalise(notebook: NotebookNode) -> NotebookNode:
    """One shape for all: slugs as cell ids, no execution times, kernel python3, nothing of the
    machine in the metadata.
    """
    import nbformat

    kept = {"course": notebook.metadata["course"]} if "course" in notebook.metadata else {}
    notebook.metadata = nbformat.from_dict(
        {
            **kept,
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    taken: set[str] = set()
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        slug = cell.metadata.get("slug") or cell.get("id", "")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", slug) or re.fullmatch(
            r"[0-9a-f]{8}(-.*)?", slug
        ):
            slug = _slug(cell.source)
        unique, number = slug, 2
        while unique in taken:
            unique, number = f"{slug}-{number}", number + 1
        taken.add(unique)
        cell.id = unique
        if cell.cell_type == "code":
            cell.outputs = [_settled(output) for output in _joined(cell.outputs)]
    return notebook


def _joined(outputs: list) -> list:
    """Neighbouring pieces of one stream as one output: how a stream is cut is chance."""
    joined: list = []
    for output in outputs:
        if (
            joined
            and output.output_type == "stream"
            and joined[-1].output_type == "stream"
            and joined[-1].name == output.name
        ):
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def _settled(output: NotebookNode) -> NotebookNode:
    output.get("metadata", {}).clear()
    return output


def _slug(source: str) -> str:
    words = re.findall(
        r"[a-z0-9]+", source.strip().splitlines()[0].lower() if source.strip() else "cell"
    )
    slug = "-".join(words[:6]) or "cell"
    return slug if slug[0].isalpha() else f"cell-{slug}"


def write(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook in its one shape."""
    import nbformat

    nbformat.write(normalise(notebook), path)


def relative(path: Path) -> str:
    """A path as a person in the repository would type it."""
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)
