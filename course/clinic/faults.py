"""Faults to practise on: each is made in the target `sandbox`, shows its symptom there, and is healed by the commands of its FAQ entry.

Kinds: stored (left in a target), live (a process that is running), environment (PATH, Python, packages), recorded (what a run left behind).
"""

from __future__ import annotations

import json
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any
from unittest.mock import patch

import dlt
import psutil

from course.clinic.sandbox import SANDBOX, broken, end_holder, fill_sandbox, lab, note_broken, run_command
from course.dbt import environment
from course.doctor import commands
from course.environment import DBT_PROJECT, ROOT
from dlt_pipelines import amazon_products_pipeline as pipeline
from dlt_pipelines.amazon_products_pipeline import DATASET, find_target, practice_marketplace
from dlt_pipelines.deletion import check_no_link, delete
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.notes import write_note

SECONDS_HELD = 1800  # a process that holds the warehouse ends by itself


@dataclass(frozen=True)
class Fault:
    """One fault: `inflict` makes it in the sandbox, `see` is the command that shows it.

    `symptom` is what one then reads, with … for what varies; the fault's entry in FAQ.md has it too.
    """

    name: str
    kind: str
    happens: str
    see: str
    symptom: str
    inflict: Callable[[], None]


def find_fault(name: str) -> Fault:
    """The fault of that name. Raises PipelineError where there is none."""
    if name not in FAULTS:
        raise PipelineError(
            f"There is no fault {name!r}.", cause="the name is misspelt", fix="course break --list shows them", faq="no-such-fault"
        )
    return FAULTS[name]


def inflict(name: str) -> Fault:
    """Make a fault in the sandbox (filled before, if it is not) and return it. Raises PipelineError for a name that is unknown."""
    fault = find_fault(name)
    check_no_link(lab().parent, lab())  # what is written there would lie elsewhere
    fill_sandbox()
    lab().mkdir(exist_ok=True)
    fault.inflict()
    note_broken(sorted({*broken(), name}))
    return fault


def heal(name: str, tell: Callable[[str], None] = print) -> None:
    """Run the commands of the fault's FAQ entry, one after the other, and clear away what the fault left.

    Raises PipelineError when one of them fails.
    """
    if find_fault(name).kind == "environment":
        tell("Close every shell that you have brought into it; this one is as it was, unless you have sourced enter.sh in it.")
    end_holder()
    for command in commands(name) if find_fault(name).kind != "environment" else []:
        if re.search(r"\bPID\b", command):
            continue  # the process was ended above
        tell(f"$ {command}")
        done = run_command(command)
        if done.returncode:
            last = (done.stderr or done.stdout).strip().splitlines()[-1:]
            raise PipelineError(
                f"The command {command!r} failed: {' '.join(last)}",
                cause="another fault is in its way",
                fix="course doctor --target sandbox names it; course heal --anew begins the sandbox anew",
                faq="no-such-fault",
            )
    delete(lab(), inside=lab().parent, ignore_errors=True)
    note_broken([each for each in broken() if each != name])


def _change(sql: str) -> None:
    from course.warehouse import opened

    with opened(find_target(SANDBOX).warehouse) as connection:
        connection.execute(sql)


@contextmanager
def _with(**variables: str) -> Iterator[None]:
    """These environment variables, while the block runs."""
    with patch.dict(os.environ, variables):
        yield


def _enter(variables: dict[str, str]) -> None:
    """Write the script that brings a shell into an environment: `source data/sandbox/fault/enter.sh` (enter.ps1 in PowerShell)."""
    lab().mkdir(exist_ok=True)
    for_bash = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())
    for_powershell = "".join("$env:{} = '{}'\n".format(name, value.replace("'", "''")) for name, value in variables.items())
    (lab() / "enter.sh").write_text(for_bash, encoding="utf-8")
    (lab() / "enter.ps1").write_text(for_powershell, encoding="utf-8")


def _wrong_environment() -> None:
    other = lab() / "other"
    venv.create(other, symlinks=os.name != "nt")
    _enter({"VIRTUAL_ENV": str(other), "PATH": os.pathsep.join([str(other / ("Scripts" if os.name == "nt" else "bin")), *_foreign_path()])})


def _foreign_path() -> list[str]:
    """The PATH without the folder of the course's own commands."""
    ours = Path(sysconfig.get_path("scripts")).resolve()
    return [each for each in os.environ.get("PATH", "").split(os.pathsep) if each and Path(each).resolve() != ours]


def _old_python() -> None:
    folder = lab() / "old"
    folder.mkdir(exist_ok=True)
    for name in ("python3", "python3.13", "python3.12", "python3.11", "python"):
        script = folder / (f"{name}.bat" if os.name == "nt" else name)
        text = (
            "@echo Python 3.9.18\r\n" if os.name == "nt" else '#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.18" && exit 0\nexit 1\n'
        )
        script.write_text(text, encoding="utf-8")
        script.chmod(0o755)
    _enter({"PATH": os.pathsep.join([str(folder), *_foreign_path()])})
    clone = lab() / "clone"  # where nothing has been set up yet
    clone.mkdir(exist_ok=True)
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copyfile(ROOT / name, clone / name)


def _wrong_version() -> None:
    """A folder on PYTHONPATH with a sqlglot that is not the lock's, and lacks the argument that 30.22 dropped."""
    packages = lab() / "packages"
    delete(packages, inside=lab(), ignore_errors=True)
    found = metadata.distribution("sqlglot")
    source = Path(str(found.locate_file("sqlglot")))
    shutil.copytree(source, packages / "sqlglot", ignore=shutil.ignore_patterns("__pycache__"))
    qualify = packages / "sqlglot" / "optimizer" / "qualify.py"
    qualify.write_text(qualify.read_text(encoding="utf-8").replace("infer_schema", "infers_schema", 1), encoding="utf-8")
    described = packages / "sqlglot-30.22.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: sqlglot\nVersion: 30.22.0\n", encoding="utf-8")
    _enter({"PYTHONPATH": str(packages)})


def _nothing_loaded() -> None:
    import duckdb

    place = find_target(SANDBOX)
    for path in (place.warehouse, *place.folder.glob("warehouse.duckdb.*")):
        delete(path, inside=place.folder)
    delete(place.dlt_folder, inside=place.folder, ignore_errors=True)
    duckdb.connect(str(place.warehouse)).close()


def _second_database() -> None:
    import duckdb

    (lab() / "elsewhere").mkdir(exist_ok=True)
    duckdb.connect(str(lab() / "elsewhere" / "warehouse.duckdb")).close()


def _hold_warehouse() -> None:
    end_holder()
    code = f"import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('open', flush=True); time.sleep({SECONDS_HELD})"
    apart: dict[str, Any] = (
        {"creationflags": 0x00000208} if os.name == "nt" else {"start_new_session": True}
    )  # lives on when this command ends
    command = [sys.executable, "-c", code, str(find_target(SANDBOX).warehouse)]
    holder = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **apart)
    holder.stdout.readline()
    write_note(lab() / "holder.json", {"pid": holder.pid, "since": psutil.Process(holder.pid).create_time()})


def _mixed_modes() -> None:
    (lab() / "look.py").write_text(
        f"""import duckdb

warehouse = {str(find_target(SANDBOX).warehouse)!r}
writer = duckdb.connect(warehouse)
reader = duckdb.connect(warehouse, read_only=True)
""",
        encoding="utf-8",
    )


WISHLISTS = '''"""Load a shop's wish lists into the target sandbox, with dlt as it comes."""

import json
from pathlib import Path

import dlt

from dlt_pipelines.amazon_products_pipeline import find_target

FILE, PLACE = Path(__file__).with_suffix(".json"), find_target("sandbox")


@dlt.resource(name="wishes", write_disposition="replace")
def wishes():
    yield from json.loads(FILE.read_text())


def make_pipeline():
    return dlt.pipeline(
        "wishlists",
        pipelines_dir=str(PLACE.dlt_folder / "pipelines"),
        destination=dlt.destinations.duckdb(str(PLACE.warehouse)),
        dataset_name="wishlists",
    )


if __name__ == "__main__":
    pipeline = make_pipeline()
    print(pipeline.run(wishes()))
    there = len(pipeline.dataset()("select wish from wishes").df())
    print(f"Wishes in the file: {len(json.loads(FILE.read_text()))}. Wishes in the warehouse: {there}.")
'''


def _pending_package() -> None:
    """A pipeline of the sandbox's own: loaded once, then ended before the step load; in the meantime the file has grown."""
    script = lab() / "wishlists.py"
    script.write_text(WISHLISTS, encoding="utf-8")
    names = runpy.run_path(str(script))
    wishlists = names["make_pipeline"]()
    wishlists.abort_packages()
    for count, take in ((2, wishlists.run), (3, wishlists.extract), (5, None)):
        wishes = [{"wish": number, "parent_asin": f"B{number:09}"} for number in range(1, count + 1)]
        script.with_suffix(".json").write_text(json.dumps(wishes), encoding="utf-8")
        if take:
            take(names["wishes"]())
    wishlists.normalize()


def _load_with(trouble: str) -> None:
    with _with(MARKETPLACE__TROUBLE=trouble, RUNTIME__REQUEST_MAX_ATTEMPTS="2"), suppress(PipelineError):
        pipeline.run(target=SANDBOX)


def _own_project(old: str, new: str) -> None:
    """A copy of the dbt project for the sandbox, with one change in dim_products.sql."""
    project = find_target(SANDBOX).folder / "project"
    if not project.exists():
        shutil.copytree(DBT_PROJECT, project, ignore=shutil.ignore_patterns("target", "logs", "dbt_packages"))
    model = project / "models" / "marts" / "dim_products.sql"
    model.write_text(model.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")


def _dbt_command(*arguments: str, **variables: str) -> None:
    """dbt as it comes, in a process of its own; what it leaves is the evidence."""
    script = shutil.which("dbt", path=sysconfig.get_path("scripts")) or "dbt"
    subprocess.run([script, "--quiet", *arguments], env=os.environ | environment(SANDBOX) | variables, capture_output=True)


def _slow_load() -> None:
    source = practice_marketplace()
    files = lab() / "files"
    source.write(files)
    lines = (files / "Practice_Marketplace.jsonl").read_text(encoding="utf-8").splitlines()[:3000]
    rows = [row for row in map(_record, lines) if row]
    slow = dlt.pipeline(
        "slow_reviews",
        pipelines_dir=str(find_target(SANDBOX).dlt_folder / "pipelines"),
        destination=dlt.destinations.duckdb(str(find_target(SANDBOX).warehouse)),
        dataset_name="slow",
    )
    slow.run(iter(rows), table_name="reviews")


def _record(line: str) -> dict | None:
    with suppress(ValueError):
        record = json.loads(line)
        return record if isinstance(record, dict) else None
    return None


def _ci_failure() -> None:
    """A clone in which a test was renamed, and a package was added without the lock."""
    clone = lab() / "clone"
    names = [path for path in ROOT.iterdir() if path.name not in (".venv", ".git", "data", "runs", "my_work")]
    for path in names:
        if path.is_dir():
            shutil.copytree(path, clone / path.name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "target", "logs"))
        else:
            clone.mkdir(exist_ok=True)
            shutil.copyfile(path, clone / path.name)
    workflow, project = clone / ".github" / "workflows" / "test.yml", clone / "pyproject.toml"
    workflow.write_text(workflow.read_text(encoding="utf-8") + "      - run: python -m pytest tests/test_everything.py\n", encoding="utf-8")
    project.write_text(project.read_text(encoding="utf-8").replace('    "typer",', '    "typer",\n    "polars",'), encoding="utf-8")


LOAD = "python dlt_pipelines/amazon_products_pipeline.py --target sandbox"
BUILD = "course dbt --target sandbox build"
COUNT = "select count(*) from amazon_raw.reviews"
ENTER = "source data/sandbox/fault/enter.sh; "


def _ask(path: str) -> str:
    return f"python -c \"import duckdb; duckdb.connect('{path}').sql('{COUNT}').show()\""


FAULTS = {
    fault.name: fault
    for fault in (
        Fault("command-not-found", "environment", "dbt is typed, and the shell does not know it: another environment is active",
              f"{ENTER}dbt --version", "dbt: command not found", _wrong_environment),
        Fault("old-python", "environment", "make finds no Python that the course can use",
              f"{ENTER}make -C data/sandbox/fault/clone install",
              "The course needs Python 3.11, 3.12 or 3.13, and found Python 3.9.18.", _old_python),
        Fault("wrong-version", "environment", "a package is not the one that the lock names, and dlt cannot read its tables",
              f"{ENTER}python -c \"from dlt_pipelines.amazon_products_pipeline import *; "
              "print(len(make_pipeline(find_target('sandbox')).dataset()('select 1 as one from reviews').df()))\"",
              "qualify() got an unexpected keyword argument 'infer_schema'", _wrong_version),
        Fault("nothing-loaded", "stored", "the warehouse is there, and nothing has been loaded into it",
              _ask("data/sandbox/warehouse.duckdb"), 'Catalog Error: Table with name "amazon_raw.reviews" does not exist', _nothing_loaded),
        Fault("second-database", "stored", "a relative path has made a second, empty database in another folder",
              "cd data/sandbox/fault/elsewhere && " + _ask("warehouse.duckdb"),
              'Catalog Error: Table with name "amazon_raw.reviews" does not exist', _second_database),
        Fault("dropped-table", "stored", "a raw table was dropped by hand, and dlt still believes in it",
              LOAD, "dlt stopped in the step load: … Table with name reviews does not exist!",
              lambda: _change(f"drop table if exists {DATASET}.reviews")),
        Fault("pending-package", "stored", "a dlt pipeline was interrupted, its package waits, and the next load leaves the new data out",
              "python data/sandbox/fault/wishlists.py",
              "contains no failed jobs Wishes in the file: 5. Wishes in the warehouse: 3.", _pending_package),
        Fault("type-changed", "stored", "the source sends ratings in words, and the load turns them down",
              BUILD, "Failure in test few_records_are_rejected", lambda: _load_with("type-changed")),
        Fault("field-vanished", "stored", "the source leaves a field out, and nobody has said so",
              BUILD, "Failure in test no_field_has_vanished", lambda: _load_with("field-vanished")),
        Fault("duplicate-keys", "stored", "somebody inserted rows by hand, and a key comes twice",
              BUILD, "Failure in test source_unique_amazon_raw_products_parent_asin",
              lambda: _change(f"insert into {DATASET}.products select * from {DATASET}.products order by parent_asin limit 5")),
        Fault("broken-ref", "stored", "a model refers to a model that does not exist",
              f"{BUILD}", "depends on a node named 'stg_product' which was not found",
              lambda: _own_project("ref('stg_products')", "ref('stg_product')")),
        Fault("broken-jinja", "stored", "a bracket of a model's Jinja does not close",
              f"{BUILD}", "unexpected '}'", lambda: _own_project(") }}", ") }")),
        Fault("empty-selection", "recorded", "dbt was asked for a model that does not exist, and called it a success",
              f"{BUILD} --select dim_product", "does not match any enabled nodes",
              lambda: _dbt_command("build", "--select", "dim_product")),
        Fault("out-of-memory", "recorded", "DuckDB was given less memory than a model needs",
              f"COURSE_MEMORY_LIMIT=5MB {BUILD}", "Out of Memory Error: …",
              lambda: _dbt_command("build", COURSE_MEMORY_LIMIT="5MB")),
        Fault("slow-load", "recorded", "a load writes its rows as INSERT statements",
              "course dlt --target sandbox pipeline slow_reviews load-package", "insert_values", _slow_load),
        Fault("api-errors", "recorded", "the API answers with errors, or not to the end",
              f"MARKETPLACE__TROUBLE=server-error RUNTIME__REQUEST_MAX_ATTEMPTS=2 {LOAD}",
              "The API did not answer as it should: 500 Server Error", lambda: _load_with("server-error")),
        Fault("ci-failure", "recorded", "the checks fail on the server: a path has moved, the lock is out of date",
              "python -m pytest -n 0 -p no:cacheprovider data/sandbox/fault/clone/tests/test_everything.py",
              "ERROR: file or directory not found", _ci_failure),
        Fault("locked-warehouse", "live", "another process holds the warehouse",
              BUILD, "The warehouse … is held by process …", _hold_warehouse),
        Fault("mixed-modes", "live", "one process opens the warehouse to write, and again only to read",
              "python data/sandbox/fault/look.py",
              "Can't open a connection to same database file with a different configuration than existing connections", _mixed_modes),
    )
}  # fmt: skip
