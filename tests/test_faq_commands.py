"""What `course heal` and exercise 08 run: commands without a shell, that delete inside the sandbox
and nowhere else.
"""

import subprocess
import sys

import pytest

from course.clinic import faults, makers
from course.clinic.faq_commands import run_command
from course.doctor import commands
from dlt_pipelines.amazon_products_pipeline import find_target

ODD_NAMES = [
    "my data",
    "my;touch stolen",
    "my$(touch stolen)",
    "my`touch stolen`",
    "it's mine",
    'a "b" c',
    "my&&rm -r keep",
    "-rf",
    "*",
]
if sys.platform == "win32":
    ODD_NAMES = [name for name in ODD_NAMES if not set(name) & set('"*')]
DELETING = {
    name: [line for line in commands(name) if line.startswith("rm ")] for name in faults.FAULTS
}


@pytest.fixture(params=ODD_NAMES)
def sandbox(request, tmp_path, monkeypatch):
    """A sandbox below a folder with an odd name, and beside that folder what an unquoted name would
    hit.
    """
    for neighbour in ("my", "it", "a", "keep", "b", "c"):
        (tmp_path / neighbour).mkdir()
        (tmp_path / neighbour / "thesis.txt").write_text("mine")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / request.param))
    folder = find_target(faults.SANDBOX).folder
    folder.mkdir(parents=True)
    return folder


def around(sandbox, tmp_path):
    return {
        path.relative_to(tmp_path)
        for path in tmp_path.rglob("*")
        if not path.is_relative_to(sandbox)
    }


@pytest.mark.parametrize("name", [name for name, lines in DELETING.items() if lines])
def test_an_entry_that_deletes_does_so_in_the_sandbox_alone(sandbox, tmp_path, name):
    assert DELETING[name]
    paths = [sandbox / line.split()[-1].removeprefix("data/sandbox/") for line in DELETING[name]]
    for path in paths:
        path.mkdir(parents=True) if path.suffix != ".duckdb" else (
            path.parent.mkdir(parents=True),
            path.write_text(""),
        )
    before = around(sandbox, tmp_path)
    for line in DELETING[name]:
        done = faults.run_command(line)
        assert done.returncode == 0, done.stderr
    assert not any(path.exists() for path in paths)
    assert around(sandbox, tmp_path) == before


def test_a_piece_of_python_is_given_the_folder_as_it_is_called(sandbox, tmp_path):
    before = around(sandbox, tmp_path)
    done = faults.run_command(
        """python -c "import sys; open('data/sandbox/seen', 'w').write('data/sandbox')" """
        """&& python -c "print(1)" """
    )
    assert (done.returncode, done.stdout.strip()) == (0, "1"), done.stderr
    assert (sandbox / "seen").read_text() == sandbox.as_posix()
    assert around(sandbox, tmp_path) == before


@pytest.mark.parametrize(
    "line",
    [
        "rm -r data/sandbox/../../keep",
        "rm -r {outside}",
        "rm -r data/sandbox",
        "rm -r data/sandbox/link/inside",
        "rm -r README.md",
    ],
)
def test_what_lies_outside_stays(tmp_path, line):
    sandbox, outside = tmp_path / "data" / "sandbox", tmp_path / "keep"
    (outside / "inside").mkdir(parents=True)
    sandbox.mkdir(parents=True)
    (sandbox / "link").symlink_to(outside, target_is_directory=True)
    done = run_command(line.format(outside=outside), sandbox)
    assert done.returncode == 1 and "nothing was deleted: it is not inside" in done.stderr
    assert (outside / "inside").is_dir() and sandbox.is_dir()
    done = run_command("rm -r data/sandbox/link", sandbox)
    assert done.returncode == 1 and "it is a link" in done.stderr
    assert (sandbox / "link" / "inside").is_dir()


@pytest.mark.parametrize(
    "line",
    [
        "echo a | tee b",
        "echo a > b",
        "echo $HOME",
        "echo `id`",
        "rm -r data/sandbox/* ; (rm x)",
        "echo 'open",
        "sleep 1 & true",
    ],
)
def test_what_only_a_shell_understands_is_refused(tmp_path, line):
    done = run_command(line, tmp_path)
    assert done.returncode != 0 and done.stderr


def test_a_command_after_one_that_failed_is_not_run(tmp_path):
    assert (
        run_command(
            "python -c \"raise SystemExit(3)\" && python -c \"open('data/sandbox/x', 'w')\"",
            tmp_path,
        ).returncode
        == 3
    )
    assert not (tmp_path / "x").exists()
    assert run_command("no-such-command", tmp_path).returncode == 127
    assert (
        run_command(
            "SEEN=yes python -c \"import os; print(os.environ['SEEN'])\"", tmp_path
        ).stdout.strip()
        == "yes"
    )


@pytest.mark.skipif(
    sys.platform == "win32", reason="the script is bash's; PowerShell has one of its own"
)
def test_a_shell_is_brought_into_an_environment_and_runs_nothing_on_the_way(sandbox, tmp_path):
    makers.enter({"PATH": f"{sandbox}:/bin:/usr/bin"})
    before = around(sandbox, tmp_path)
    script = 'source "$1"; printf %s "$PATH"'
    done = subprocess.run(
        ["bash", "-c", script, "bash", str(faults.lab() / "enter.sh")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.stdout == f"{sandbox}:/bin:/usr/bin", done.stderr
    assert around(sandbox, tmp_path) == before


def test_a_command_that_asks_waits_for_nobody(sandbox):
    asks = """python -c "import sys; sys.exit(bool(sys.stdin.read()))" """
    assert faults.run_command(asks).returncode == 0
