"""The same results from every way to run a lesson, beside each other, and without the network."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig

import nbformat
import pytest
from nbclient import NotebookClient

from course.dbt import environment
from course.environment import DBT_PROJECT, NOTEBOOKS, ROOT
from course.notebooks import QUIET_KERNEL, find_lesson, find_lessons, has_tag

pytestmark = pytest.mark.slow
SCRIPTS = sysconfig.get_path("scripts")
FOLDERS = {
    "the root of the disk": ROOT.anchor,
    "notebooks": str(NOTEBOOKS),
    "the repository": str(ROOT),
}
DEFAULTS = {"MARKETPLACE__ITEMS": "2000", "MARKETPLACE__REVIEWS": "40000", "MARKETPLACE__SEED": "1"}


@pytest.fixture(autouse=True)
def marketplace_of_the_stored_outputs(own_state, monkeypatch):
    for name, value in DEFAULTS.items():
        monkeypatch.setenv(name, value)


def shown(notebook) -> dict[str, list]:
    """What a notebook's cells show, by cell id, as far as it can be compared: no pictures, nothing
    that varies by nature.
    """
    kept = {}
    for cell in notebook.cells:
        if cell.cell_type == "code" and not has_tag(
            cell, "nbval-ignore-output", "injected-parameters"
        ):
            texts = "".join(o.text for o in cell.outputs if o.output_type == "stream")
            data = [
                {k: v for k, v in o.data.items() if k.startswith("text/")}
                for o in cell.outputs
                if "data" in o
            ]
            kept[cell.id] = [texts, data]
    return kept


def run_in_papermill(lesson, folder, out):
    command = [
        shutil.which("papermill", path=SCRIPTS),
        str(lesson.path),
        str(out),
        "--no-progress-bar",
    ]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return nbformat.read(out, as_version=4)


def run_in_a_bare_kernel(lesson, folder, out):
    notebook = lesson.read()
    resources = {"metadata": {"path": folder}}
    NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        resources=resources,
        extra_arguments=QUIET_KERNEL,
    ).execute()
    return notebook


def compare_with_nbval(notebook, folder, *options):
    """nbval's comparison of a notebook with its stored outputs, called from a folder."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-n0",
        "-q",
        "-p",
        "no:cacheprovider",
        "-c",
        str(ROOT / "pyproject.toml"),
    ]
    return subprocess.run(
        [*command, *options, "--nbval", str(notebook)], cwd=folder, capture_output=True, text=True
    )


@pytest.mark.parametrize("number", ["03", "05", "09"])
def test_papermill_and_a_bare_kernel_give_the_stored_outputs_from_every_folder(own_state, number):
    lesson = find_lesson(number)
    stored = shown(lesson.read())
    assert any(data for _, data in stored.values())
    for place, folder in FOLDERS.items():
        for run in (run_in_papermill, run_in_a_bare_kernel):
            again = shown(run(lesson, folder, own_state / "out.ipynb"))
            assert {key: again.get(key) for key in stored} == stored, f"{run.__name__} from {place}"


@pytest.mark.parametrize("place", FOLDERS)
def test_nbval_gives_the_stored_outputs_from_every_folder(own_state, place):
    done = compare_with_nbval(find_lesson("09").path, FOLDERS[place], "--rootdir", str(ROOT))
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


def test_an_output_changed_by_hand_is_noticed(own_state):
    changed = find_lesson("09").read()
    cell = next(c for c in changed.cells if c.id == "other-rises")
    assert "1255" in cell.outputs[0].data["text/html"]
    for kind in ("text/html", "text/plain"):
        cell.outputs[0].data[kind] = cell.outputs[0].data[kind].replace("1255", "1256")
    path = own_state / "09_answer_the_question.ipynb"
    nbformat.write(changed, path)
    done = compare_with_nbval(path, own_state)
    assert done.returncode == 1, done.stdout
    assert re.search(r"\b1 failed, \d+ passed", done.stdout)


def test_while_a_lesson_is_open_dbt_and_a_run_work_in_other_processes(own_state):
    notebook = find_lesson("05").read()
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": str(NOTEBOOKS)}},
        extra_arguments=QUIET_KERNEL,
    )
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
        dbt = shutil.which("dbt", path=SCRIPTS)
        built = subprocess.run(
            [dbt, "build"],
            cwd=DBT_PROJECT,
            env=os.environ | environment("dev"),
            capture_output=True,
            text=True,
        )
        assert built.returncode == 0, built.stdout
        ran = subprocess.run(
            [sys.executable, "-m", "course.cli", "run", "--stages-only"],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        last = nbformat.v4.new_code_cell(
            "int(lesson.query('select count(*) as n from marts.fct_reviews').n[0])"
        )
        notebook.cells.append(last)
        client.execute_cell(last, len(notebook.cells) - 1)
        assert last.outputs[0].data["text/plain"] == "40000"


@pytest.mark.skipif(
    subprocess.run("unshare -rn ip link set lo up", shell=True, capture_output=True).returncode
    != 0,
    reason="needs Linux's unshare and ip, and the right to make a network namespace",
)
def test_the_whole_course_runs_with_the_network_off_and_leaves_the_home_folder_alone(own_state):
    home = own_state / "home"
    home.mkdir()
    script = f"ip link set lo up && {sys.executable} -m course.cli run"
    clean = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("XDG_", "JUPYTER", "IPYTHON", "DLT", "DBT"))
    }
    done = subprocess.run(
        ["unshare", "-rn", "sh", "-c", script],
        cwd=ROOT,
        env=clean | {"HOME": str(home)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(find_lessons())} lessons in" in done.stdout
    page = next((own_state / "runs").glob("*/report.html")).read_text(encoding="utf-8")
    assert (
        page.index("The answer")
        < page.index("Cat Scratchers")
        < page.index("The figures behind it")
    )
    assert "reviews have no product here" in page
    left = {p.relative_to(home).parts[0] for p in home.rglob("*") if p.is_file()}
    # what Jupyter and matplotlib keep anywhere; no tool's state
    assert left <= {".cache", ".ipython", ".local"}, left
