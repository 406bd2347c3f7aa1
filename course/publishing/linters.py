"""What looks at the project's own texts: one list for `course lint`, `make lint`, continuous
integration and the hooks before a commit.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

from course.environment import ROOT

# what says otherwise than pyproject.toml is left out
SETTINGS = ("RUFF_", "MYPY", "PYTEST_", "SQLFLUFF_", "ZIZMOR_")
# Each looks, and ends with another code than 0 where it finds something.
LINTERS = {
    "ruff": ("ruff", "check", "--no-cache", "."),
    "layout": ("ruff", "format", "--no-cache", "--check", "."),
    "types": ("mypy",),
    "imports": ("pytest", "--quiet", "-p", "no:cacheprovider", "tests/test_arrows.py"),
    "sql": ("sqlfluff", "lint", "--disable-progress-bar", "dbt_project"),
    "spelling": ("codespell",),
    "workflows": (
        "zizmor",
        "--offline",
        "--quiet",
        "--persona=auditor",
        "--min-severity=medium",
        ".github",
    ),
}
QUICK = ("ruff", "layout")  # those that every `course test` begins with
# These mend what a tool can mend.
MENDERS = {
    "ruff": ("ruff", "check", "--no-cache", "--fix", "."),
    "layout": ("ruff", "format", "--no-cache", "."),
    "sql": ("sqlfluff", "fix", "--disable-progress-bar", "dbt_project"),
}


def lint(name: str, mend: bool = False, folder: Path = ROOT) -> int:
    """Run one linter on a checkout, what it says going to the terminal; return its exit code.
    `mend` has it mend what it can first.
    """
    if mend and name in MENDERS:
        _run(MENDERS[name], folder)
    return _run(LINTERS[name], folder)


def _run(command: Iterable[str], folder: Path) -> int:
    program, *options = command
    suffix = ".exe" if sys.platform == "win32" else ""
    path = Path(sysconfig.get_path("scripts"), program + suffix)
    own = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}
    return subprocess.call([str(path), *options], cwd=folder, env=own)
