"""A learner's copies from an earlier version still work: names in lessons and exercises stay."""

import subprocess

import nbformat
import pytest
from nbclient import NotebookClient

from course.environment import ROOT, settings
from course.notebooks import QUIET_KERNEL

pytestmark = pytest.mark.slow
VERSION = "bc46228"  # the oldest whose copies have to work
# Cells that looked into a package which an interrupted load left waiting. No load leaves one any
# more; what comes after them runs.
WITHOUT_A_PACKAGE = {
    "package-jobs": "broken = pipeline.make_pipeline(sandbox.place)",
    "job-message": "",
}
# A starter that is to be run as it is counts as an attempt since then.
COUNTED = {("exercises/08_debug_the_pipeline/08_exercises.ipynb", "check-3")}
# A mart holds to the columns in its YAML since then; a copy that adds one is let off.
LET_OFF = {
    "schema-change": """
yaml_file = project / "models/marts/fct_reviews.yml"
yaml_text = yaml_file.read_text(encoding="utf-8").replace("enforced: true", "enforced: false")
_ = yaml_file.write_text(yaml_text, encoding="utf-8")
"""
}


def git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, encoding="utf-8"
    )
    return done.stdout if done.returncode == 0 else ""


OLD = [
    name
    for name in git("ls-tree", "-r", "--name-only", VERSION, "notebooks", "exercises").splitlines()
    if name.endswith(".ipynb")
]


@pytest.fixture(scope="module")
def shared_data(tmp_path_factory):
    """One data folder for all of them, so that each goes on where the ones before it have come."""
    return tmp_path_factory.mktemp("old")


@pytest.fixture
def my_work(own_state, shared_data, monkeypatch):
    """An empty my_work, and the marketplace that the lessons were written for."""
    for name in ("ITEMS", "REVIEWS", "SEED"):
        monkeypatch.delenv(f"MARKETPLACE__{name}")
    monkeypatch.setenv("COURSE_DATA", str(shared_data / "data"))
    return settings().my_work


def execute_old(name, my_work):
    """Put a notebook as it was then into my_work, and run all its cells with the code of now.

    Returns the executed notebook; raises nbclient's CellExecutionError where a cell fails.
    """
    path = my_work / name
    path.parent.mkdir(parents=True)
    path.write_text(git("show", f"{VERSION}:{name}"), encoding="utf-8")
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.source = LET_OFF.get(cell.id, "") + WITHOUT_A_PACKAGE.get(cell.id, cell.source)
    NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        extra_arguments=QUIET_KERNEL,
    ).execute()
    return notebook


def test_the_history_has_the_version_that_learners_copied():
    if not OLD:
        pytest.skip(f"the history does not have {VERSION}: a shallow clone, or no clone at all")
    assert len(OLD) == 20


@pytest.mark.parametrize("name", [name for name in OLD if name.startswith("notebooks/")])
def test_a_lessons_older_copy_runs(my_work, name):
    execute_old(name, my_work)


@pytest.mark.parametrize("name", [name for name in OLD if name.startswith("exercises/")])
def test_an_older_copy_of_exercises_runs_and_says_that_nothing_was_attempted(my_work, name):
    ran = execute_old(name, my_work)
    checks = [cell for cell in ran.cells if cell.id.startswith("check-")]
    assert len(checks) >= 3
    for check in checks:
        told = check.outputs[-1].data["text/plain"]
        assert "Not attempted" in told or ((name, check.id) in COUNTED and "Not yet" in told), (
            check.id
        )
