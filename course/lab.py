"""JupyterLab on copies of the lessons, so that a learner's autosave never touches a tracked file."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

from course.environment import settings
from course.notebooks import find_lessons


def copy_lessons() -> Path:
    """Put the lessons into `my_work/notebooks` and return that folder.

    A copy that the learner has not touched is brought up to date; one that he or she has worked in stays as it is,
    and the newer lesson is put beside it as `<name>.new.ipynb`.
    """
    folder = settings().my_work / "notebooks"
    folder.mkdir(parents=True, exist_ok=True)
    ledger = folder / ".copied.json"
    copied = json.loads(ledger.read_text(encoding="utf-8")) if ledger.exists() else {}
    for lesson in find_lessons():
        mine, theirs = folder / lesson.path.name, _hash(lesson.path)
        if mine.exists() and _hash(mine) != copied.get(mine.name):
            if copied.get(mine.name) != theirs:
                beside = _free_name(mine, copied)
                shutil.copyfile(lesson.path, beside)
                copied[beside.name] = theirs
        else:
            shutil.copyfile(lesson.path, mine)
        copied[mine.name] = theirs
    ledger.write_text(json.dumps(copied, indent=2) + "\n", encoding="utf-8")
    return folder


def _free_name(mine: Path, copied: dict[str, str]) -> Path:
    """Where a newer lesson can lie without covering anything that the learner has worked in."""
    number = 1
    while True:
        beside = mine.with_suffix(".new.ipynb" if number == 1 else f".new{number}.ipynb")
        if not beside.exists() or _hash(beside) == copied.get(beside.name):
            return beside
        number += 1


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def open_lab(browser: bool = True) -> None:
    """Run JupyterLab on the first lesson, on the loopback interface, with a token, until it is stopped."""
    from jupyterlab.labapp import main

    folder = copy_lessons()
    first = f"/lab/tree/{find_lessons()[0].path.name}"
    options = ["--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={folder}", f"--LabApp.default_url={first}"]
    options += ["--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    if not browser:
        options.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # in a container, say
        options.append("--allow-root")
    main(options)
