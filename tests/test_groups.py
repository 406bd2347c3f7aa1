"""What serves no run is not installed at first: groups of packages, their locks, and the commands
that need them.
"""

import hashlib
import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from typer.testing import CliRunner

from course import doctor, groups
from course.cli import app
from course.doctor import CORE, GROUPS, pins
from course.environment import ROOT
from dlt_pipelines.errors import PipelineError

SERVES_NO_RUN = {
    "polars", "playwright", "ruff", "sphinx", "sphinx-revealjs", "aiosmtpd", "hypothesis",
    "nbgrader", "jupytext", "mypy", "sqlfluff",
}  # fmt: skip
LEARNED_WITH = {
    "jupyterlab", "dlt", "duckdb", "dbt-duckdb", "jupysql", "pandas", "papermill", "nbval",
    "pytest", "matplotlib",
}  # fmt: skip


def test_the_core_is_what_runs_and_is_learned_with():
    core = set(pins(CORE))
    assert core >= LEARNED_WITH
    assert core & SERVES_NO_RUN == set()
    assert len([name for name, (_, everywhere) in pins(CORE).items() if everywhere]) <= 195


def test_a_groups_lock_holds_what_it_adds_and_nothing_of_the_core():
    assert groups.groups() == ["benchmarks", "pages", "teaching", "test"]
    for group in groups.groups():
        assert not pins(GROUPS / f"{group}.txt").keys() & pins(CORE).keys(), group
    held = {name for group in groups.groups() for name in pins(GROUPS / f"{group}.txt")}
    assert held >= SERVES_NO_RUN


def test_a_package_of_two_groups_has_one_version():
    test = pins(GROUPS / "test.txt")
    for group in ("benchmarks", "pages", "teaching"):
        assert pins(GROUPS / f"{group}.txt").items() <= test.items(), group


def test_the_core_imports_nothing_of_a_group_when_it_is_loaded():
    """Whoever has the core alone can import every module: what a group brings is imported where a
    command needs it.
    """
    names = {
        "sphinx_revealjs",
        "polars",
        "nbgrader",
        "playwright",
        "aiosmtpd",
        "hypothesis",
        "xdist",
        "jupytext",
    }
    for path in [p for top in ("course", "dlt_pipelines") for p in (ROOT / top).rglob("*.py")]:
        at_once = re.findall(
            r"^(?:import|from) (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE
        )
        assert not names & set(at_once), path


def without(monkeypatch, tmp_path, *absent: str):
    """A lock for each of these groups that names a package which nobody has."""
    folder = tmp_path / "requirements"
    folder.mkdir()
    for group in groups.groups():
        text = (GROUPS / f"{group}.txt").read_text(encoding="utf-8")
        (folder / f"{group}.txt").write_text(
            ("no-such-package==1.0\n" if group in absent else "") + text, encoding="utf-8"
        )
    monkeypatch.setattr(groups, "GROUPS", folder)


@pytest.mark.parametrize(
    ("words", "group"),
    [
        (("grade", "requirements"), "teaching"),
        (("release",), "teaching"),
        (("slides", "03"), "pages"),
        (("test",), "test"),
        (("lint",), "test"),
    ],
)
def test_a_command_without_its_group_says_in_one_sentence_what_to_add(
    monkeypatch, tmp_path, words, group
):
    without(monkeypatch, tmp_path, group)
    monkeypatch.chdir(tmp_path)
    error = CliRunner().invoke(app, words).exception
    assert isinstance(error, PipelineError), error
    assert (error.fix, error.faq) == (f"course add {group}", "missing-group")
    assert "no-such-package" in error.what and error.what.count(". ") == 0
    assert doctor.name_error(error.what).fault == "missing-group"


def test_the_benchmarks_say_it_too(monkeypatch, tmp_path):
    from benchmarks.__main__ import main

    without(monkeypatch, tmp_path, "benchmarks")
    with pytest.raises(PipelineError, match="course add benchmarks"):
        main(["--only", "load"])


def test_a_group_of_another_version_is_missing(monkeypatch, tmp_path):
    folder = tmp_path / "requirements"
    folder.mkdir()
    (folder / "later.txt").write_text("pytest==0.1\n")
    monkeypatch.setattr(groups, "GROUPS", folder)
    assert groups.missing("later") == ["pytest"]


def test_a_misspelt_group_is_named_beside_those_that_there_are():
    with pytest.raises(PipelineError, match="teaching") as error:
        groups.add(["teeching"], print)
    assert "'teeching'" in error.value.what


def test_what_is_there_already_is_not_fetched(monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("something was fetched"))
    done = CliRunner().invoke(app, ["add", "--all"])
    assert done.exit_code == 0, done.exception
    assert done.output.split("\n")[:2] == [
        "benchmarks: is there already",
        "pages: is there already",
    ]
    listed = CliRunner().invoke(app, ["add"]).output
    assert [line.split()[0] for line in listed.splitlines()] == groups.groups()


@pytest.fixture
def wheels(tmp_path, monkeypatch):
    """A folder with one wheel, its group's lock, and an environment of its own to install it into;
    the network is no part of it.
    """
    folder = tmp_path / "wheels"
    folder.mkdir()
    wheel = folder / "tiny_group-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny_group.py", "")
        archive.writestr(
            "tiny_group-1.0.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: tiny-group\nVersion: 1.0\n",
        )
        archive.writestr(
            "tiny_group-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr(
            "tiny_group-1.0.dist-info/RECORD",
            "tiny_group.py,,\ntiny_group-1.0.dist-info/METADATA,,\ntiny_group-1.0.dist-info/WHEEL,,\ntiny_group-1.0.dist-info/RECORD,,\n",
        )
    locks = tmp_path / "requirements"
    locks.mkdir()
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (locks / "tiny.txt").write_text(f"tiny-group==1.0 \\\n    --hash=sha256:{digest}\n")
    venv.create(tmp_path / "venv", symlinks=os.name != "nt")
    python = tmp_path / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(
        subprocess.run(
            [str(python), "-c", ask], capture_output=True, text=True, check=True
        ).stdout.strip()
    )
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setattr(groups, "GROUPS", locks)
    monkeypatch.syspath_prepend(site)
    for name, value in {
        "UV_NO_INDEX": "1",
        "UV_FIND_LINKS": str(folder),
        "PIP_NO_INDEX": "1",
    }.items():
        monkeypatch.setenv(name, value)
    return folder, locks, site


def test_a_group_is_told_of_then_installed_from_its_lock(wheels):
    told = []
    groups.add(["tiny"], told.append)
    assert told == ["tiny: 1 package to fetch: tiny-group"]
    assert groups.missing("tiny") == []
    assert (wheels[2] / "tiny_group.py").exists()


@pytest.mark.parametrize("name", ["UV_CONSTRAINT", "UV_OVERRIDE", "UV_BUILD_CONSTRAINT"])
def test_a_group_is_installed_as_locked_whatever_uv_is_told(wheels, monkeypatch, tmp_path, name):
    (tmp_path / "otherwise.txt").write_text("tiny-group==2.0\nno such line")
    monkeypatch.setenv(name, str(tmp_path / "otherwise.txt"))
    groups.add(["tiny"], print)
    assert (wheels[2] / "tiny_group.py").exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["PIP_USER", "PIP_TARGET", "PIP_ROOT", "PIP_DRY_RUN"])
def test_where_uv_fails_pip_installs_into_this_environment_whatever_it_is_told(
    wheels, monkeypatch, tmp_path, name
):
    subprocess.run([sys.executable, "-m", "ensurepip"], check=True, capture_output=True)
    monkeypatch.setattr(groups, "UV", (sys.executable, "-c", "raise SystemExit(2)"))
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels[0]))
    monkeypatch.setenv(
        name, "1" if name in ("PIP_USER", "PIP_DRY_RUN") else str(tmp_path / "elsewhere")
    )
    groups.add(["tiny"], print)
    assert (wheels[2] / "tiny_group.py").exists()


@pytest.mark.parametrize("broken", ["no wheel", "another hash"])
def test_what_cannot_be_installed_is_an_error_with_the_installers_reason(wheels, broken):
    folder, locks, site = wheels
    if broken == "no wheel":
        next(folder.iterdir()).unlink()
    else:
        (locks / "tiny.txt").write_text(f"tiny-group==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(PipelineError, match="Not installed: tiny") as error:
        groups.add(["tiny"], print)
    assert error.value.faq == "missing-group" and "course add tiny" in error.value.fix
    assert not (site / "tiny_group.py").exists()


def test_make_adds_the_tests_packages_once_and_nothing_else_fetches():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    rules = dict(re.findall(r"^([\w./-]+):([^\n]*(?:\n\t[^\n]*)*)", makefile, re.MULTILINE))
    assert "course add test && touch $@" in rules[".venv/added-test"]
    adding = {
        name for name, rule in rules.items() if "course add" in rule or ".venv/added-test" in rule
    } - {".venv/added-test"}
    assert adding == {"test", "test-all", "everything"}
    assert {name for name, rule in rules.items() if re.search(r"pip (install|download)", rule)} == {
        ".venv/installed"
    }


def test_the_lock_writes_each_group_within_what_was_written_before(monkeypatch, tmp_path):
    """Each group is compiled with the core's lock and the earlier groups' as constraints, and
    without what the core holds.
    """
    calls = []

    def compile(command, **_):
        lock = Path(command[command.index("--output-file") + 1])
        calls.append((lock.name, command))
        excluded = (
            ("\n# The following packages were excluded from the output:\n# dlt\n")
            if "--extra" in command
            else ""
        )
        lock.write_text(f"a-package==1.0{excluded}\n", encoding="utf-8")

    monkeypatch.setattr(groups, "CORE", tmp_path / "requirements.txt")
    monkeypatch.setattr(groups, "GROUPS", tmp_path / "requirements")
    monkeypatch.setattr(groups, "ROOT", tmp_path)
    (tmp_path / "pyproject.toml").write_text(
        (ROOT / "pyproject.toml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    monkeypatch.setattr(subprocess, "run", compile)
    written = groups.write_locks(["--upgrade"])
    assert [path.name for path in written] == [
        "requirements.txt",
        "benchmarks.txt",
        "pages.txt",
        "teaching.txt",
        "test.txt",
    ]
    assert [name for name, _ in calls] == [path.name for path in written]
    last = calls[-1][1]
    assert [last[i + 1] for i, word in enumerate(last) if word == "--constraint"] == [
        "requirements.txt",
        "requirements/benchmarks.txt",
        "requirements/pages.txt",
        "requirements/teaching.txt",
    ]
    assert (
        last[last.index("--no-emit-package") + 1] == "a-package"
        and "--upgrade" in last
        and "--no-emit-index-url" in last
    )
    assert (tmp_path / "requirements" / "test.txt").read_text() == "a-package==1.0\n"


@pytest.mark.slow
def test_the_core_alone_runs_the_doctor_and_lists_what_could_be_added(tmp_path):
    """In an environment in which only the core is to be found, the command line works, and what
    needs more says so.
    """
    hidden = {
        canonicalize_name(name)
        for group in groups.groups()
        for name in pins(GROUPS / f"{group}.txt")
    }
    (tmp_path / "sitecustomize.py").write_text(f"""
from importlib import metadata
hidden = {hidden!r}
whole = metadata.distributions
metadata.distributions = lambda **kw: (
    d for d in whole(**kw) if d.metadata["Name"].lower().replace("_", "-") not in hidden
)
""")
    run = [sys.executable, "-m", "course.cli"]
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    listed = subprocess.run([*run, "add"], env=environment, capture_output=True, text=True)
    assert listed.stdout.count("to fetch") == len(groups.groups()), listed.stdout + listed.stderr
    told = subprocess.run([*run, "slides"], env=environment, capture_output=True, text=True)
    assert told.returncode == 1 and "course add pages" in told.stderr
    looked = subprocess.run(
        [sys.executable, "course/doctor.py"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert "OK   packages     as the lock says\n" in looked.stdout, looked.stdout + looked.stderr


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A copy of pyproject.toml, the locks and nothing more, which the doctor looks at."""
    for path in (ROOT / "pyproject.toml", CORE, *GROUPS.glob("*.txt")):
        (tmp_path / path.relative_to(ROOT)).parent.mkdir(exist_ok=True)
        (tmp_path / path.relative_to(ROOT)).write_text(
            path.read_text(encoding="utf-8"), encoding="utf-8"
        )
    monkeypatch.setattr(doctor, "ROOT", tmp_path)
    monkeypatch.setattr(doctor, "CORE", tmp_path / "requirements.txt")
    monkeypatch.setattr(doctor, "GROUPS", tmp_path / "requirements")
    monkeypatch.setattr(doctor, "commands", lambda *_: [])
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            '    "typer",',
            '    "typer",\n    "polars",',
            "polars, and requirements.txt, the lock, has none",
        ),
        (
            '    "polars", ',
            '    "left-pad",\n    "polars", ',
            "left-pad, and requirements/benchmarks.txt, the lock, has none",
        ),
        (
            '"nbgrader==0.9.6"',
            '"nbgrader==0.9.5"',
            "nbgrader 0.9.5, requirements/teaching.txt has 0.9.6",
        ),
        (
            "\nbenchmarks = [",
            "\nfarther = [\n]\nbenchmarks = [",
            "requirements/farther.txt, its lock, is not there",
        ),
    ],
)
def test_the_doctor_compares_each_list_of_packages_with_its_own_lock(elsewhere, old, new, said):
    project = elsewhere / "pyproject.toml"
    text = project.read_text(encoding="utf-8")
    assert doctor._lock_out_of_step() == "" and text.count(old) == 1
    project.write_text(text.replace(old, new), encoding="utf-8")
    assert said in doctor._lock_out_of_step()


def test_the_doctor_compares_the_versions_of_groups_that_are_there(elsewhere):
    assert doctor._packages().detail == "as the lock says; added: benchmarks, pages, teaching, test"
    lock = elsewhere / "requirements" / "test.txt"
    text = lock.read_text(encoding="utf-8")
    lock.write_text(re.sub(r"(?m)^codespell==[\d.]+", "codespell==0.1", text), encoding="utf-8")
    assert (
        doctor._packages().fault == "wrong-version"
        and ("codespell is") in doctor._packages().detail
    )
    lock.write_text(lock.read_text(encoding="utf-8") + "no-such-package==1.0\n", encoding="utf-8")
    assert doctor._packages().state == "ok", (
        "of a group that was not added, a version is nobody's business"
    )
