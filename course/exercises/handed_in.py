"""A notebook that was handed in, read whatever it is, and brought back to the shape in which it was
released.

The learner's code cells are kept, in their order. The checks and the setup line come from the
released notebook: whether a cell of these was deleted, copied, changed, or has lost its metadata in
another tool makes no difference to the points.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

from course.exercises.exercise_sets import ExerciseSet

LARGEST = 50_000_000  # bytes of one file: a notebook with pictures has a few


def read_cells(path: Path) -> list[dict] | None:
    """The cells of a notebook, each as {"type", "id", "grade_id", "source"}; None where the file is
    no notebook.

    Read are version 4 and what came before, in UTF-8 or UTF-16, with or without a byte order mark.
    """
    try:
        content = path.read_bytes() if path.stat().st_size <= LARGEST else b""
        wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
        notebook = json.loads(content.decode("utf-16" if wide else "utf-8-sig"))
        if "worksheets" in notebook:
            import nbformat

            notebook = nbformat.convert(nbformat.from_dict(notebook), 4)
        return [_cell(cell) for cell in notebook["cells"]]
    except Exception:  # whatever a file can hold: no JSON, or JSON of any shape and depth
        return None


def _cell(cell: dict) -> dict[str, str]:
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    source = "".join(cell["source"])
    return {
        "type": str(cell["cell_type"]),
        "id": str(cell.get("id", "")),
        "grade_id": str(marks.get("grade_id", "")) if isinstance(marks, dict) else "",
        "source": source.encode("utf-8", "replace").decode(
            "utf-8"
        ),  # half a surrogate pair cannot be written
    }


def rebuilt(cells: list[dict], exercise_set: ExerciseSet) -> tuple[dict, list[str]]:
    """The notebook to be graded, as JSON, and what is to be said about how it differed from the
    released one."""
    released = json.loads(exercise_set.released.read_text(encoding="utf-8"))
    given = {cell["id"]: cell for cell in released["cells"]}
    names = [_name(cell, exercise_set, given) for cell in cells]
    checks = {number: f"check-{number}" for number in exercise_set.exercises}
    kept: list[tuple[str, dict]] = []
    after: dict[int, list[dict]] = {}
    places = {number: _place(number, names, cells) for number in checks}
    for number, place in places.items():
        after.setdefault(place, []).append(given[checks[number]])
    for index, (name, cell) in enumerate(zip(names, cells, strict=True)):
        if name not in checks.values() or not _is_same(cell["source"], given[name]):
            kept.append((name if name not in checks.values() else "", cell))
        kept += [(check["id"], check) for check in after.get(index, [])]
    kept += [(check["id"], check) for check in after.get(len(cells), [])]
    remarks = _remarks(names, cells, exercise_set, given)
    first_code = next((cell["source"] for cell in cells if cell["type"] == "code"), "")
    if not _is_same(first_code, given["setup"]):
        kept.insert(0, ("setup", given["setup"]))
        remarks.append("its setup line is not the released one, which was run before it")
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": released["metadata"],
        "cells": _numbered(kept, set(checks.values())),
    }
    return notebook, remarks


def _name(cell: dict, exercise_set: ExerciseSet, given: dict[str, dict]) -> str:
    """What the cell was when it was released: answer-1, check-1, exercise-1 …; empty where that
    cannot be told."""
    marked = cell["grade_id"].removeprefix(f"{exercise_set.number}-")
    for name in (marked, cell["id"]):
        if name in given and given[name]["cell_type"] == cell["type"]:
            return name
    if cell["type"] == "code":
        same = (name for name, other in given.items() if _is_same(cell["source"], other))
        return next(same, "") if cell["source"].strip() else ""
    heading = re.match(r"#+\s*(\d+)\.\s", cell["source"])
    return f"exercise-{heading[1]}" if heading and f"exercise-{heading[1]}" in given else ""


def _place(number: int, names: list[str], cells: list[dict]) -> int:
    """The index of the cell behind which the check of an exercise belongs; the number of cells
    where only the end is left."""
    told = [
        index
        for index, name in enumerate(names)
        if re.fullmatch(rf"(check|answer)-{number}(-[a-z0-9-]+)?", name)
    ]
    if told:
        return told[-1]
    begin = next((index for index, name in enumerate(names) if name == f"exercise-{number}"), None)
    if begin is None:
        return len(cells)
    later = (
        index for index in range(begin + 1, len(cells)) if names[index].startswith("exercise-")
    )
    end = next(later, len(cells))
    return max(
        (index for index in range(begin, end) if cells[index]["type"] == "code"), default=begin
    )


def _is_same(source: str, cell: dict) -> bool:
    return source.split() == "".join(cell["source"]).split()


def _numbered(kept: list[tuple[str, dict]], checks: set[str]) -> list[dict]:
    """Cells as nbformat has them: each id once, and nbgrader's metadata on the checks alone."""
    seen: Counter[str] = Counter()
    cells = []
    for name, cell in kept:
        kind = cell.get("type") or cell["cell_type"]
        base = name or "cell"
        seen[base] += 1
        identity = base if seen[base] == 1 and name else f"{base}-again{seen[base]}"
        made = {
            "cell_type": kind if kind in ("code", "raw") else "markdown",
            "id": identity,
            "source": "".join(cell["source"]),
        }
        made["metadata"] = cell["metadata"] if name in checks else {}
        cells.append(made | ({"execution_count": None, "outputs": []} if kind == "code" else {}))
    return cells


def _remarks(
    names: list[str], cells: list[dict], exercise_set: ExerciseSet, given: dict[str, dict]
) -> list[str]:
    marked = {cell["grade_id"] for cell in cells} - {""}
    count = Counter(names)
    missing = [
        f"check-{number}" for number in exercise_set.exercises if not count[f"check-{number}"]
    ]
    changed = [
        name
        for name, cell in zip(names, cells, strict=True)
        if name.startswith("check-") and not _is_same(cell["source"], given[name])
    ]
    twice = [
        name for name, times in count.items() if times > 1 and re.match("answer-|check-", name)
    ]
    lost = [name for name in given if name.startswith("answer-") and not count[name]]
    others = sorted(
        {mark[:2] for mark in marked if re.match(r"\d\d-(answer|check)-", mark)}
        - {exercise_set.number}
    )
    said = {
        f"it holds the exercises of {', '.join(others)}": others,
        f"not there, and put back: {', '.join(missing)}": missing,
        f"changed, and run as released: {', '.join(changed)}": changed,
        f"there more than once, and all of them run in their order: {', '.join(twice)}": twice,
        f"not found, so its check ran on what else is there: {', '.join(lost)}": lost and marked,
        "nbgrader's metadata are gone, and its cells were told by their place": cells
        and not marked,
    }
    return [remark for remark, applies in said.items() if applies]


def marks(cells: list[dict], exercise_set: ExerciseSet) -> int:
    """How many cells of a notebook are, by their metadata or their ids together with the setup
    line, this set's."""
    by_metadata = sum(cell["grade_id"].startswith(f"{exercise_set.number}-") for cell in cells)
    opens_it = any(
        re.search(rf"""practice\(\s*["']{exercise_set.number}["']\s*\)""", cell["source"])
        for cell in cells
    )
    return by_metadata + opens_it
