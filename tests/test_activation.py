"""Commands of the course are found in a shell that is activated as the README says, and in cells;
and who is told that one is not found learns why.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from course.doctor import examine_machine, name_error
from course.environment import ROOT
from course.notebooks import find_lesson

README = (ROOT / "README.md").read_text(encoding="utf-8")
LINES = dict(re.findall(r"^\| ([^|]+) \| `([^`]*(?:ctivat)[^`]*)` \|$", README, re.MULTILINE))
NAMES = ("course", "dbt", "dlt")
SCRIPTS = Path(sysconfig.get_path("scripts"))
BARE = os.pathsep.join(
    each
    for each in os.environ.get("PATH", "").split(os.pathsep)
    if each and Path(each).resolve() != SCRIPTS.resolve()
)


def test_the_readme_activates_each_shell_before_the_first_command_of_the_course():
    assert [name.split(",")[0].split(" ")[0] for name in LINES] == [
        "bash", "fish", "PowerShell", "cmd", "conda",
    ]  # fmt: skip
    activated = README.index("### Activate the environment")
    typed = re.search(r"^course \w+", README, re.MULTILINE)
    assert typed and activated < typed.start()


def test_lesson_01_has_the_same_lines():
    cells = find_lesson("01").read().cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    assert [line for line in LINES.values() if f"| `{line}` |" not in text] == []


@pytest.mark.skipif(os.name == "nt", reason="lines for Windows are run by its jobs")
@pytest.mark.skipif(SCRIPTS.parent.name != ".venv", reason="another kind of environment")
def test_each_line_names_a_file_that_an_environment_has(tmp_path):
    for line in LINES.values():
        name = re.split(r"[/\\]", line)[-1]
        if ".venv" in line and name != "activate.bat":  # made on Windows only
            assert (SCRIPTS / name).is_file(), name


@pytest.mark.skipif(os.name == "nt", reason="lines for Windows are run by its jobs")
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_finds_the_commands_after_its_line(shell):
    if not shutil.which(shell):
        pytest.skip(f"no {shell} here")
    line = next(text for name, text in LINES.items() if shell in name)
    line = line.replace(".venv/bin", str(SCRIPTS))
    asked = "; ".join(["command -v course", line, *(f"command -v {name}" for name in NAMES)])
    told = subprocess.run(
        [shell, "-c", asked], env={"PATH": BARE, "HOME": "/"}, capture_output=True, text=True
    )
    assert told.stdout.split() == [str(SCRIPTS / name) for name in NAMES], told.stderr


SAID = {
    "bash": "bash: {}: command not found",
    "zsh": "zsh: command not found: {}",
    "fish": "fish: Unknown command: {}",
    "PowerShell 5": "{0} : The term '{0}' is not recognized as the name of a cmdlet, function,",
    "PowerShell 7": "{0}: The term '{0}' is not recognized as a name of a cmdlet, function,",
    "cmd": "'{}' is not recognized as an internal or external command,\noperable program",
}


@pytest.mark.parametrize("shell", SAID)
def test_the_words_of_each_shell_lead_to_the_entry(shell):
    for name in NAMES:
        assert name_error(SAID[shell].format(name)).fault == "command-not-found"
    assert name_error(SAID[shell].format("make")).fault != "command-not-found"


def test_the_doctor_can_be_asked_where_course_is_not_found():
    asked = [sys.executable, "-I", "-S", str(ROOT / "course" / "doctor.py"), "--error"]
    told = subprocess.run([*asked, SAID["bash"].format("course")], capture_output=True, text=True)
    assert told.returncode == 1 and "FAQ.md#command-not-found" in told.stdout
    assert "source .venv/bin/activate" in told.stdout


@pytest.mark.parametrize("missing", NAMES)
def test_the_doctor_tells_which_command_the_path_has_from_elsewhere(missing, tmp_path, monkeypatch):
    elsewhere = tmp_path / (f"{missing}.exe" if os.name == "nt" else missing)
    elsewhere.write_text("")
    elsewhere.chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path), str(SCRIPTS)]))
    told = next(each for each in examine_machine() if each.looked_at == "commands")
    assert told.fault == "command-not-found" and f"{missing} on the PATH is" in told.detail


def test_a_kernel_that_something_else_has_started_finds_the_commands(own_state):
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3", env={**os.environ, "PATH": BARE})
    try:
        told = client.execute_interactive(
            "import course, shutil; found = [shutil.which(n) for n in ('course', 'dbt', 'dlt')]",
            user_expressions={"found": "found"},
            timeout=60,
        )
        found = told["content"]["user_expressions"]["found"]["data"]["text/plain"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert [str(SCRIPTS / name) in found for name in NAMES] == [True] * 3
