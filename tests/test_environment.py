"""What is installed is what is written down."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions, version

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from course.environment import ROOT

PIN = re.compile(
    r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)(?: *; *([^\\\n]+?))? \\\n((?: +--hash=.+\n?)+)",
    re.MULTILINE,
)
LOCKS = {
    path.stem: path.read_text(encoding="utf-8")
    for path in (ROOT / "requirements.txt", *(ROOT / "requirements").glob("*.txt"))
}
PINS = {name: PIN.findall(text) for name, text in LOCKS.items()}
LOCKED = PINS["requirements"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.mark.parametrize("name", LOCKS)
def test_every_line_of_a_lock_is_pinned_with_hashes_and_names_no_index(name):
    assert len(PINS[name]) == len(re.findall(r"^[A-Za-z0-9]", LOCKS[name], re.MULTILINE)) > 0
    assert "://" not in LOCKS[name]
    assert "index-url" not in LOCKS[name]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_every_package_that_is_asked_for_within_its_bounds(name):
    locked = {canonicalize_name(package): number for package, number, _, _ in PINS[name] + LOCKED}
    for line in PROJECT["optional-dependencies"].get(name, PROJECT["dependencies"]):
        wanted = Requirement(line)
        if wanted.name != PROJECT["name"]:  # a group that holds others
            assert wanted.specifier.contains(locked[canonicalize_name(wanted.name)]), line


def imported(folder: str) -> set[str]:
    """The names of the packages that a folder's modules import, at their top or in a function."""
    found = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names) - {"course", "dlt_pipelines", "benchmarks", "tests"}


@pytest.mark.parametrize("folder", ["course", "dlt_pipelines", "benchmarks"])
def test_what_is_imported_is_asked_for_by_name(folder):
    asked = PROJECT["dependencies"] + [
        line for group in PROJECT["optional-dependencies"].values() for line in group
    ]
    names = {canonicalize_name(Requirement(line).name) for line in asked}
    brought_by = packages_distributions()
    assert len(imported(folder)) > 3
    for name in imported(folder):
        assert names & {canonicalize_name(each) for each in brought_by[name]}, name


def test_every_group_has_its_lock_and_every_lock_its_group():
    assert set(LOCKS) - {"requirements"} == set(PROJECT["optional-dependencies"])


def test_the_lock_serves_every_system_and_python_of_the_project():
    markers = {marker for _, _, marker, _ in LOCKED if marker}
    assert any("win32" in m for m in markers)
    assert any("darwin" in m for m in markers)
    assert any("3.13" in m or "3.12" in m for m in markers)


def test_what_is_installed_is_what_the_locks_say():
    for name, number, marker, _ in [pin for pins in PINS.values() for pin in pins]:
        if not marker or Marker(marker).evaluate():
            assert version(name) == number, name


def test_every_upper_cap_has_its_reason():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for cap in ("dbt-core", "duckdb==", "sqlglot<", "pandas<"):
        line = next(line for line in text.splitlines() if line.strip().startswith(f'"{cap}'))
        assert "#" in line, line


def test_the_other_ways_in_use_the_same_lock():
    conda = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert {"pip": ["-r requirements.txt"]} in conda["dependencies"]
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        assert yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"], path
    tried = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8"))[
        "jobs"
    ]["test"]["strategy"]["matrix"]
    assert tried["os"] == ["ubuntu-latest", "macos-latest", "windows-latest"]
    assert tried["python"] == ["3.11", "3.12", "3.13"]
    assert PROJECT["requires-python"] == ">=3.11,<3.14"


def test_the_command_of_continuous_integration_is_the_readmes():
    called = [
        line
        for line in (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith(("#", "set ", "cd "))
    ]
    assert called[-1] == "make test-all"
    # and nothing before it but a browser, where there is none
    assert all(line.startswith("command -v chromium") for line in called[:-1])
    assert "make test-all" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_a_slow_statement_draws_no_bar_into_a_notebook():
    import nbformat
    from nbclient import NotebookClient

    ask = (
        "import duckdb\nduckdb.sql(\"select current_setting('enable_progress_bar')\").fetchone()[0]"
    )
    told = []
    for first in ("import course\n", ""):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(first + ask)])
        NotebookClient(notebook, kernel_name="python3").execute()
        told.append(notebook.cells[0].outputs[-1].data["text/plain"])
    assert told == ["False", "True"]  # the second shows that the first is the course's doing
