"""JupyterLab on a learner's own folder, so that its autosave never touches a tracked file."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from course.environment import TEMPLATES, commands_first
from course.exercises.my_work import copy_course
from course.notebooks import find_lessons


def open_lab(browser: bool = True) -> None:
    """Run JupyterLab on the first lesson, on the loopback interface, with a token, until it is
    stopped.
    """
    from jupyterlab.labapp import main

    # no question about news, no menus for graders
    os.environ["JUPYTER_CONFIG_PATH"] = str(TEMPLATES / "jupyter")
    commands_first()
    folder = copy_course()
    _put_style(folder)
    first = f"/lab/tree/notebooks/{find_lessons()[0].path.name}"
    options = [
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url={first}",
    ]
    options += [
        "--LabApp.news_url=None",
        "--LabApp.custom_css=True",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    if os.name != "nt":  # no login shell, whose profile would set the PATH anew
        shell = {"shell_command": [os.environ.get("SHELL") or "sh"]}
        options.append(f"--ServerApp.terminado_settings={shell}")
    if not browser:
        options.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # in a container, say
        options.append("--allow-root")
    main(options)


def _put_style(folder: Path) -> None:
    """Put the course's style where JupyterLab looks for one, unless a learner has put another."""
    style = folder / ".jupyter" / "custom" / "custom.css"
    style.parent.mkdir(parents=True, exist_ok=True)
    if not style.exists():
        shutil.copyfile(TEMPLATES / "jupyter" / "custom.css", style)
