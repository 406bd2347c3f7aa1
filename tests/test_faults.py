"""Every fault can be made, is seen as its FAQ entry says, is named by the doctor, and is healed by
the entry's own commands.
"""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig

import pytest
from support import copy_repository

from course.clinic import faults
from course.clinic.faults import FAULTS, SANDBOX
from course.clinic.target_health import examine_target
from course.dbt import dbt
from course.doctor import commands, entry, examine_machine, name_error, tell
from course.environment import ROOT
from course.warehouse import query
from dlt_pipelines import amazon_products_pipeline as pipeline
from dlt_pipelines.amazon_products_pipeline import find_target
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.surroundings import OWN

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="the FAQ's commands are for a Unix shell"),
]
# Evidence outside the process that fails: none. This one is named by its message alone.
WITHOUT_EVIDENCE = {"mixed-modes"}


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A copy of the repository with a filled sandbox."""
    here = copy_repository(tmp_path_factory.mktemp("faults") / "clone")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_DATA", str(here / "data"))
        for name, value in {"items": 300, "reviews": 6000, "seed": 3}.items():
            patch.setenv(f"MARKETPLACE__{name.upper()}", str(value))
        faults.fill_sandbox()
    return here


@pytest.fixture
def clone(filled, own_state, monkeypatch):
    """That copy, its sandbox as it was when just filled; commands and tests work in it."""
    for name in ("data", "runs", "my_work"):
        monkeypatch.setenv(f"COURSE_{name.upper()}", str(filled / name))
    monkeypatch.setenv("PATH", sysconfig.get_path("scripts") + os.pathsep + os.environ["PATH"])
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.chdir(filled)
    for path in filled.glob("data/*"):
        if not path.name.startswith(SANDBOX):
            shutil.rmtree(path)
    faults.fill_sandbox(anew=True)
    yield filled
    faults.end_holder()


def shell(command: str) -> subprocess.CompletedProcess:
    """A command in bash, in the working folder, without what the course has set for itself."""
    environment = {name: value for name, value in os.environ.items() if name not in OWN}
    return subprocess.run(
        ["bash", "-c", command], env=environment, capture_output=True, text=True, timeout=300
    )


def named(fault: str | None = None) -> set[str]:
    """What the doctor names: in the shell that a fault of the environment is made for, in the clone
    of a fault of the checks, or here.
    """
    if fault == "ci-failure":
        told = shell("python data/sandbox/fault/clone/course/doctor.py --json")
        return {each["fault"] for each in json.loads(told.stdout) if each["state"] == "found"}
    if fault and FAULTS[fault].kind == "environment":
        told = shell(f"{faults.ENTER}{sys.executable} -m course.cli doctor --target sandbox --json")
        assert told.returncode == 1, told.stdout + told.stderr
        return {each["fault"] for each in json.loads(told.stdout) if each["state"] == "found"}
    findings = [*examine_machine(), *examine_target(SANDBOX)]
    if "locked-warehouse" not in {each.fault for each in findings}:
        assert [each for each in findings if each.state == "could not look"] == []
    return {each.fault for each in findings if each.state == "found"}


def pattern(symptom: str) -> str:
    return ".*?".join(re.escape(part) for part in re.sub(r"\s+", " ", symptom).split("…"))


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_seen_named_and_healed_by_the_commands_of_its_entry(clone, name):
    fault = faults.inflict(name)
    alone = named(name)
    assert alone == (set() if name in WITHOUT_EVIDENCE else {name})
    assert faults.standing()[0] == {name}
    assert (faults.lab().parent / fault.lies).exists()

    seen = shell(fault.see)
    said = squeezed(seen.stdout + seen.stderr)
    assert re.search(pattern(fault.symptom), said), said[-1500:]
    if name in WITHOUT_EVIDENCE:
        assert name_error(said).fault == name

    holder = faults.lab() / "holder.json"
    number = str(json.loads(holder.read_text())["pid"]) if holder.exists() else ""
    lines = [re.sub(r"\bPID\b", number, line) for line in commands(name)]
    assert lines, f"FAQ.md#{name} has no commands that a test runs"
    enter = faults.ENTER if fault.kind == "environment" else ""
    done = shell(f"{enter}set -e; " + "; ".join(lines))
    assert done.returncode == 0, f"{lines}\n{done.stdout}\n{done.stderr}"

    shutil.rmtree(faults.lab())
    assert named() == set()
    # where the entry does not end with it, the pipeline runs now, and is green
    if faults.BUILD not in lines:
        pipeline.run(target=SANDBOX)
        assert set(dbt("build", target=SANDBOX).status) <= {"success", "pass", "no-op"}


@pytest.mark.parametrize("name", FAULTS)
def test_a_faults_entry_says_what_one_sees(name):
    see = re.search(r"\*\*You see\*\*(.*?)(?=\n\*\*)", entry(name), re.DOTALL)[1]
    words = max(FAULTS[name].symptom.split("…"), key=len).strip()
    known = {"dbt: command not found", "ERROR: file or directory not found"}
    assert squeezed(words).split(":")[-1].strip()[:40] in squeezed(see) or words in known, see
    for part in ("**Look at**", "**Why**", "**Do**"):
        assert part in entry(name)


# In the order in which they can be made: a broken project keeps others from being made after it.
PAIRS = [
    ("second-database", "pending-package"),
    ("type-changed", "pending-package"),
    ("pending-package", "duplicate-keys"),
    ("type-changed", "duplicate-keys"),
    ("duplicate-keys", "broken-ref"),
    ("empty-selection", "broken-ref"),
    ("out-of-memory", "broken-jinja"),
    ("empty-selection", "slow-load"),
    ("slow-load", "api-errors"),
    ("dropped-table", "slow-load"),
    ("field-vanished", "slow-load"),
    ("broken-ref", "locked-warehouse"),
]


@pytest.mark.parametrize("pair", PAIRS, ids="-and-".join)
def test_the_doctor_names_both_of_a_pair(clone, pair):
    for name in pair:
        faults.inflict(name)
    assert named() >= set(pair)


def test_a_healthy_target_gives_no_false_alarm_in_five_looks(clone):
    for _ in range(5):
        assert named() == set()
    assert tell([*examine_machine(), *examine_target(SANDBOX)], write=lambda line: None) == 0


def test_heal_runs_the_commands_of_the_entry_and_clears_the_lab_away(clone):
    faults.inflict("pending-package")
    told = []
    faults.heal("pending-package", told.append)
    assert [line.removeprefix("$ ") for line in told] == commands("pending-package")
    assert named() == set()
    assert faults.standing() == (set(), [])
    assert not faults.lab().exists()


def test_the_list_of_faults_looks_and_does_not_remember(clone):
    for name in ("mixed-modes", "wrong-version", "old-python", "duplicate-keys"):
        faults.inflict(name)
    # of the two that a shell enters, the one made last is the one that it enters
    assert faults.standing() == ({"mixed-modes", "old-python", "duplicate-keys"}, [])
    pipeline.run(target=SANDBOX, full_refresh=True)
    assert faults.standing()[0] == {"mixed-modes", "old-python"}
    shutil.rmtree(faults.lab())
    assert faults.standing() == (set(), [])
    find_target(SANDBOX).warehouse.write_bytes(b"this is no database" * 1000)
    assert faults.standing()[1]


def test_a_fault_that_outlives_its_cure_is_not_called_healed(clone, monkeypatch):
    faults.inflict("duplicate-keys")
    monkeypatch.setattr(faults, "commands", lambda name: [])
    with pytest.raises(PipelineError, match="duplicate-keys is still there"):
        faults.heal("duplicate-keys", lambda line: None)


def wishes() -> int:
    return query(
        find_target(SANDBOX).warehouse, "select count(*) as wishes from wishlists.wishes"
    ).wishes[0]


def test_a_package_that_waits_hides_what_is_new_until_it_is_thrown_away(clone):
    faults.inflict("pending-package")
    assert wishes() == 2
    shell(FAULTS["pending-package"].see)
    assert wishes() == 3, "that of the package; five are at the source"
    faults.inflict("pending-package")
    faults.heal("pending-package", lambda line: None)
    assert wishes() == 5


def test_the_doctor_names_the_package_of_any_pipeline_and_only_notes_that_of_the_courses_own(clone):
    pipelines = find_target(SANDBOX).dlt_folder / "pipelines"
    own = pipelines / "amazon_products" / "load" / "normalized" / "1.2"
    own.mkdir(parents=True)
    notes = [each for each in examine_target(SANDBOX) if each.looked_at == "loads"]
    assert [(each.state, each.fault) for each in notes] == [("note", "")]
    pipeline.run(target=SANDBOX)
    assert not own.exists()
    faults.inflict("pending-package")
    shutil.copytree(pipelines / "wishlists", pipelines / "guests")
    fixes = {tuple(each.fix) for each in examine_target(SANDBOX) if each.fault == "pending-package"}
    assert fixes == {
        tuple(commands("pending-package")),
        ("course dlt --target sandbox -y pipeline guests abort-packages",),
    }


def test_breaking_touches_no_other_target_and_no_file_of_the_repository(clone):
    tracked = {
        path: path.read_bytes()
        for path in clone.rglob("*")
        if path.is_file() and not path.is_relative_to(clone / "data") and ".venv" not in path.parts
    }
    pipeline.run(target="dev")
    before = find_target("dev").warehouse.read_bytes()
    for name in ("duplicate-keys", "broken-ref", "nothing-loaded", "wrong-version", "ci-failure"):
        faults.inflict(name)
    assert find_target("dev").warehouse.read_bytes() == before
    assert {path: path.read_bytes() for path in tracked} == tracked
    assert shell(f"git -C {ROOT} status --porcelain -- data").stdout == ""


def test_the_doctor_of_python_and_packages_needs_the_standard_library_only(own_state):
    source = (ROOT / "course" / "doctor.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 8))  # an old Python can at least read it
    imported = {
        name.name.split(".")[0]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import)
        for name in node.names
    }
    imported |= {
        node.module.split(".")[0]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom)
    }
    assert imported <= sys.stdlib_module_names
    bare = subprocess.run(
        [sys.executable, "-S", "-I", str(ROOT / "course" / "doctor.py"), "--json"],
        capture_output=True,
        text=True,
    )
    assert bare.returncode == 1, bare.stderr
    assert "command-not-found" in {each["fault"] for each in json.loads(bare.stdout)}


def test_the_doctor_says_when_it_cannot_look(clone):
    find_target(SANDBOX).warehouse.write_bytes(b"this is no database" * 1000)
    findings = list(examine_target(SANDBOX))
    assert "could not look" in {each.state for each in findings}
    assert tell([each for each in findings if each.state != "found"], write=lambda line: None) == 2


def test_the_commands_break_doctor_and_heal_work_as_the_readme_has_them(clone):
    def course(arguments: str) -> subprocess.CompletedProcess:
        return shell(f"{sys.executable} -m course.cli {arguments}")

    assert "data/sandbox/warehouse.duckdb" in course("break duplicate-keys").stdout
    listed = course("break --list").stdout
    assert re.findall(r"^\* (\S+)", listed, re.MULTILINE) == ["duplicate-keys", "stands"]
    found = course("doctor --target sandbox")
    assert found.returncode == 1
    assert (
        "duplicate-keys" in found.stdout
        and "--full-refresh" in found.stdout
        and "FAQ.md#duplicate-keys" in found.stdout
    )
    healed = course("heal duplicate-keys")
    assert healed.returncode == 0, healed.stdout + healed.stderr
    assert course("doctor --target sandbox").returncode == 0
    assert course('doctor --error "Failure in test no_field_has_vanished"').returncode == 1
    assert course('doctor --error "something else entirely"').returncode == 2
    unknown = course("break no-such-thing")
    assert unknown.returncode == 1 and "FAQ.md#no-such-fault" in unknown.stderr
    assert course("heal --anew").returncode == 0
