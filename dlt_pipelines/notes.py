"""Small JSON files that remember something between two runs; no reader finds half of one."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from dlt_pipelines.deletion import delete


def write_note(path: Path, value: Any) -> None:
    """Write a value to a JSON file, whole or not at all; its folder is made if it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
        draft.replace(path)
    finally:
        delete(draft, inside=path.parent)


def read_note(path: Path, otherwise: Any = None) -> Any:
    """The value of a JSON file; `otherwise` where there is none.

    A file that cannot be read is put aside (`put_aside`) and counts as none. So does one whose
    value is of another type than `otherwise`, if that is given.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        if otherwise is None or isinstance(value, type(otherwise)):
            return value
    except FileNotFoundError:
        return otherwise
    except (ValueError, RecursionError):
        pass
    put_aside(path)
    return otherwise


def put_aside(path: Path) -> None:
    """Rename a file to `<name>.unreadable` (then .unreadable2, …), with a word on stderr."""
    aside, number = path.with_name(f"{path.name}.unreadable"), 2
    while aside.exists():
        aside, number = path.with_name(f"{path.name}.unreadable{number}"), number + 1
    path.replace(aside)
    print(
        f"{path.name} could not be read; it was put aside as {aside}, and is made anew.",
        file=sys.stderr,
    )
