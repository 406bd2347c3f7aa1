"""What `make lint` looks at: each tool finds a planted fault, and the same tools run before a
commit and on the server.
"""

import re
import shutil

import pytest
import yaml
from typer.testing import CliRunner

from course.cli import app
from course.environment import ROOT
from course.publishing.linters import LINTERS, MENDERS, QUICK, lint

MODULE = "course/publishing/planted.py"
MODEL = "dbt_project/models/marts/planted.sql"
PLANTED = {
    "ruff": (MODULE, "def f(given=[]):\n    return undefined\n"),
    "layout": (MODULE, "x = { 'a':1 }\n"),
    "types": (MODULE, "from course.groups import missing\n\nmissing(3)\n"),
    "imports": ("course/running/planted.py", "from course.exercises import my_work\n"),
    "sql": (MODEL, "SELECT a,b\n    from {{ ref('stg_reviews') }}\n"),
    "spelling": ("docs/planted.md", "A row is loaded sep" + "erately.\n"),
    "workflows": (
        ".github/workflows/planted.yml",
        "on: push\njobs: {a: {runs-on: x, steps: [{uses: actions/checkout@v4}]}}\n",
    ),
}
SLOW = {"types", "imports", "sql"}  # seconds each


@pytest.fixture
def small(tmp_path):
    """A checkout without data and notebooks, in which the linters find nothing but what a test puts
    there.
    """
    for name in ("course", "dlt_pipelines", "dbt_project", "tests", "benchmarks", ".github"):
        shutil.copytree(
            ROOT / name,
            tmp_path / name,
            ignore=shutil.ignore_patterns("__pycache__", "target", "logs", ".user.yml"),
        )
    for name in ("pyproject.toml", "conftest.py", "FAQ.fr.md"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in LINTERS],
)
def test_a_linter_finds_a_planted_fault_and_nothing_else(small, name, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(small))
    assert lint(name, folder=small) == 0
    path, text = PLANTED[name]
    (small / path).parent.mkdir(exist_ok=True)
    (small / path).write_text(text)
    assert lint(name, folder=small) != 0
    if name in MENDERS and name != "ruff":  # what ruff finds here, a person has to mend
        assert lint(name, mend=True, folder=small) == 0
        assert (small / path).read_text() != text


def test_the_hooks_before_a_commit_are_the_same_and_fetch_nothing():
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))[
        "repos"
    ]
    assert repository["repo"] == "local"
    assert [hook["id"] for hook in repository["hooks"]] == list(LINTERS)
    for hook in repository["hooks"]:
        assert (hook["entry"], hook["language"], hook["pass_filenames"]) == (
            f"course lint {hook['id']}",
            "system",
            False,
        )
        re.compile(hook["files"])


def test_make_continuous_integration_and_the_tests_run_the_same_list():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^lint: .*course lint$", makefile, re.MULTILINE)
    assert re.search(r"^format: .*course lint --fix$", makefile, re.MULTILINE)
    steps = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8"))[
        "jobs"
    ]["lint"]["steps"]
    assert steps[-1] == {"run": "make lint"}
    assert set(QUICK) <= set(LINTERS) and set(MENDERS) <= set(LINTERS)


def test_a_misspelt_linter_is_named():
    done = CliRunner().invoke(app, ["lint", "typos"])
    assert done.exit_code == 2 and "there is no typos" in done.output.replace("\n", " ")


def workflows() -> dict[str, dict]:
    return {
        path.name: yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in (ROOT / ".github/workflows").glob("*.yml")
    }


def test_d8_every_action_is_pinned_by_its_hash_and_says_its_version():
    texts = [
        path.read_text(encoding="utf-8") for path in (ROOT / ".github/workflows").glob("*.yml")
    ]
    used = [line for text in texts for line in text.splitlines() if re.search(r"\buses:", line)]
    assert len(used) >= 14
    assert [
        line
        for line in used
        if not re.search(r"uses: [\w./-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+$", line)
    ] == []


def test_d8_no_checkout_keeps_its_credentials():
    steps = [
        step
        for flow in workflows().values()
        for job in flow["jobs"].values()
        for step in job["steps"]
    ]
    checkouts = [step for step in steps if step.get("uses", "").startswith("actions/checkout@")]
    assert len(checkouts) >= 5
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_d8_a_job_has_the_rights_that_it_needs_and_only_one_that_runs_nothing_may_publish():
    for name, flow in workflows().items():
        assert flow["permissions"] == {}, name
        for job in flow["jobs"].values():
            writes = {right for right, kind in job["permissions"].items() if kind == "write"}
            if writes:
                assert writes == {"pages", "id-token"} and "contents" not in job["permissions"]
                assert [step["uses"].partition("@")[0] for step in job["steps"]] == [
                    "actions/deploy-pages"
                ]
            else:
                assert job["permissions"] == {"contents": "read"}


D8 = {
    "a tag in place of a hash": ("test.yml", r"@[0-9a-f]{40}  # v", "@v"),
    "credentials that stay": (
        "pipeline.yml",
        r"persist-credentials: false",
        "persist-credentials: true",
    ),
    "rights for the whole workflow": (
        "docs.yml",
        r"(?m)^permissions: \{\}",
        "permissions: {contents: write, pages: write}",
    ),
    "a title that becomes a command": (
        "test.yml",
        r"make lint",
        'echo "${{ github.event.pull_request.title }}"',
    ),
    "a stranger's pull request with the project's rights": (
        "test.yml",
        r"pull_request:",
        "pull_request_target:",
    ),
}


@pytest.mark.parametrize("fault", D8)
def test_d8_what_would_open_a_workflow_is_found(tmp_path, fault):
    name, pattern, instead = D8[fault]
    shutil.copytree(ROOT / ".github", tmp_path / ".github")
    assert lint("workflows", folder=tmp_path) == 0
    path = tmp_path / ".github" / "workflows" / name
    text, count = re.subn(pattern, instead, path.read_text(encoding="utf-8"))
    assert count
    path.write_text(text, encoding="utf-8")
    assert lint("workflows", folder=tmp_path) != 0
