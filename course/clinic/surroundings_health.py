"""The doctor's look at what stands around: the variables somebody has exported, and kernels."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from course.doctor import Finding
from course.environment import own_settings
from dlt_pipelines.surroundings import cleared, is_dlt_setting


def examine_surroundings() -> Iterator[Finding]:
    """The variables that somebody has exported, and the kernel that notebooks get; nothing where
    all is well.
    """
    names = sorted(cleared.keys() - own_settings().keys() - {"DLT_DATA_DIR"})
    for_tools = [name for name in names if name.startswith("DBT_") or is_dlt_setting(name)]
    if for_tools:
        detail = (
            f"the course does without {', '.join(for_tools)}, but dlt and dbt called by "
            "themselves follow them"
        )
        yield Finding(
            "variables", "found", detail, "inherited-settings", [f"unset {' '.join(for_tools)}"]
        )
    if others := [name for name in names if name not in for_tools]:
        yield Finding("variables", "note", f"the course does without {', '.join(others)}")
    folders: list[str | Path] = [
        *filter(None, cleared.get("JUPYTER_PATH", "").split(os.pathsep)),
        Path(sys.prefix) / "share" / "jupyter",
    ]
    for folder in folders:
        if python := _foreign_python(Path(folder) / "kernels" / "python3" / "kernel.json"):
            detail = (
                f"the kernel python3 in {folder} runs {python}; "
                "a Jupyter that the course has not started takes it"
            )
            yield Finding(
                "kernel",
                "found",
                detail,
                "inherited-settings",
                [f"{sys.executable} -m ipykernel install --sys-prefix"],
            )


def _foreign_python(specification: Path) -> str:
    """The Python that a kernel's specification names, where it is not this one; else empty."""
    try:
        command = json.loads(specification.read_text(encoding="utf-8"))["argv"][0]
    except (OSError, ValueError, LookupError, TypeError):
        return ""
    ours = (
        re.fullmatch(r"python[\d.]*", command)
        or Path(command).parent == Path(sys.executable).parent
    )
    return "" if ours else command
