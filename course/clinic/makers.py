"""How each fault of the lab is made, in the sandbox."""

from __future__ import annotations

import json
import os
import runpy
import shlex
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import metadata
from pathlib import Path
from typing import Any
from unittest.mock import patch

import dlt
import psutil

from course.clinic.sandbox import SANDBOX, end_holder, lab
from course.dbt import copy_project, environment
from course.environment import ROOT
from dlt_pipelines import amazon_products_pipeline as pipeline
from dlt_pipelines.amazon_products_pipeline import find_target, practice_marketplace
from dlt_pipelines.deletion import delete
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.notes import write_note

SECONDS_HELD = 1800  # a process that holds the warehouse ends by itself


def change(sql: str) -> None:
    from course.warehouse import opened

    with opened(find_target(SANDBOX).warehouse) as connection:
        connection.execute(sql)


@contextmanager
def _with(**variables: str) -> Iterator[None]:
    """These environment variables, while the block runs."""
    with patch.dict(os.environ, variables):
        yield


def enter(variables: dict[str, str]) -> None:
    """Write the script that brings a shell into an environment: `source
    data/sandbox/fault/enter.sh` (enter.ps1 in PowerShell).
    """
    lab().mkdir(exist_ok=True)
    for_bash = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())
    for_powershell = "".join(
        "$env:{} = '{}'\n".format(name, value.replace("'", "''"))
        for name, value in variables.items()
    )
    (lab() / "enter.sh").write_text(for_bash, encoding="utf-8")
    (lab() / "enter.ps1").write_text(for_powershell, encoding="utf-8")


def wrong_environment() -> None:
    other = lab() / "other"
    venv.create(other, symlinks=os.name != "nt")
    enter(
        {
            "VIRTUAL_ENV": str(other),
            "PATH": os.pathsep.join(
                [str(other / ("Scripts" if os.name == "nt" else "bin")), *_foreign_path()]
            ),
        }
    )


def _foreign_path() -> list[str]:
    """The PATH without the folder of the course's own commands."""
    ours = Path(sysconfig.get_path("scripts")).resolve()
    return [
        each
        for each in os.environ.get("PATH", "").split(os.pathsep)
        if each and Path(each).resolve() != ours
    ]


def old_python() -> None:
    folder = lab() / "old"
    folder.mkdir(exist_ok=True)
    for name in ("python3", "python3.13", "python3.12", "python3.11", "python"):
        script = folder / (f"{name}.bat" if os.name == "nt" else name)
        text = (
            "@echo Python 3.9.18\r\n"
            if os.name == "nt"
            else '#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.18" && exit 0\nexit 1\n'
        )
        script.write_text(text, encoding="utf-8")
        script.chmod(0o755)
    enter({"PATH": os.pathsep.join([str(folder), *_foreign_path()])})
    clone = lab() / "clone"  # where nothing has been set up yet
    clone.mkdir(exist_ok=True)
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copyfile(ROOT / name, clone / name)


def wrong_version() -> None:
    """A folder on PYTHONPATH with a sqlglot that is not the lock's, and lacks the argument that
    30.22 dropped.
    """
    packages = lab() / "packages"
    delete(packages, inside=lab(), ignore_errors=True)
    found = metadata.distribution("sqlglot")
    source = Path(str(found.locate_file("sqlglot")))
    shutil.copytree(source, packages / "sqlglot", ignore=shutil.ignore_patterns("__pycache__"))
    qualify = packages / "sqlglot" / "optimizer" / "qualify.py"
    qualify.write_text(
        qualify.read_text(encoding="utf-8").replace("infer_schema", "infers_schema", 1),
        encoding="utf-8",
    )
    described = packages / "sqlglot-30.22.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: sqlglot\nVersion: 30.22.0\n", encoding="utf-8"
    )
    enter({"PYTHONPATH": str(packages)})


def nothing_loaded() -> None:
    import duckdb

    target = find_target(SANDBOX)
    for path in (target.warehouse, *target.folder.glob("warehouse.duckdb.*")):
        delete(path, inside=target.folder)
    delete(target.dlt_folder, inside=target.folder, ignore_errors=True)
    duckdb.connect(str(target.warehouse)).close()


def second_database() -> None:
    import duckdb

    (lab() / "elsewhere").mkdir(exist_ok=True)
    duckdb.connect(str(lab() / "elsewhere" / "warehouse.duckdb")).close()


def hold_warehouse() -> None:
    end_holder()
    code = (
        "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('open', flush=True); "
        f"time.sleep({SECONDS_HELD})"
    )
    apart: dict[str, Any] = (
        {"creationflags": 0x00000208} if os.name == "nt" else {"start_new_session": True}
    )  # lives on when this command ends
    command = [sys.executable, "-c", code, str(find_target(SANDBOX).warehouse)]
    holder = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        **apart,
    )
    holder.stdout.readline()
    write_note(
        lab() / "holder.json",
        {"pid": holder.pid, "since": psutil.Process(holder.pid).create_time()},
    )


def mixed_modes() -> None:
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
    written = len(json.loads(FILE.read_text()))
    print(f"Wishes in the file: {written}. Wishes in the warehouse: {there}.")
'''


def pending_package() -> None:
    """A pipeline of the sandbox's own: loaded once, then ended before the step load; in the
    meantime the file has grown.
    """
    script = lab() / "wishlists.py"
    script.write_text(WISHLISTS, encoding="utf-8")
    names = runpy.run_path(str(script))
    wishlists = names["make_pipeline"]()
    wishlists.abort_packages()
    for count, take in ((2, wishlists.run), (3, wishlists.extract), (5, None)):
        wishes = [
            {"wish": number, "parent_asin": f"B{number:09}"} for number in range(1, count + 1)
        ]
        script.with_suffix(".json").write_text(json.dumps(wishes), encoding="utf-8")
        if take:
            take(names["wishes"]())
    wishlists.normalize()


def load_with(trouble: str) -> None:
    with (
        _with(MARKETPLACE__TROUBLE=trouble, RUNTIME__REQUEST_MAX_ATTEMPTS="2"),
        suppress(PipelineError),
    ):
        pipeline.run(target=SANDBOX)


def own_project(old: str, new: str) -> None:
    """A copy of the dbt project for the sandbox, with one change in dim_products.sql."""
    project = find_target(SANDBOX).folder / "project"
    if not project.exists():
        copy_project(project)
    model = project / "models" / "marts" / "dim_products.sql"
    model.write_text(model.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")


def dbt_command(*arguments: str, **variables: str) -> None:
    """dbt as it comes, in a process of its own; what it leaves is the evidence."""
    script = shutil.which("dbt", path=sysconfig.get_path("scripts")) or "dbt"
    subprocess.run(
        [script, "--quiet", *arguments],
        env=os.environ | environment(SANDBOX) | variables,
        capture_output=True,
    )


def slow_load() -> None:
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


def ci_failure() -> None:
    """A clone in which a test was renamed, and a package was added without the lock."""
    clone = lab() / "clone"
    names = [
        path
        for path in ROOT.iterdir()
        if path.name not in (".venv", ".git", "data", "runs", "my_work")
    ]
    for path in names:
        if path.is_dir():
            shutil.copytree(
                path,
                clone / path.name,
                dirs_exist_ok=True,
                ignore=shutil.ignore_patterns("__pycache__", "target", "logs"),
            )
        else:
            clone.mkdir(exist_ok=True)
            shutil.copyfile(path, clone / path.name)
    workflow, project = clone / ".github" / "workflows" / "test.yml", clone / "pyproject.toml"
    workflow.write_text(
        workflow.read_text(encoding="utf-8") + "      - run: python -m pytest "
        "tests/test_everything.py\n",
        encoding="utf-8",
    )
    project.write_text(
        project.read_text(encoding="utf-8").replace('    "typer",', '    "typer",\n    "polars",'),
        encoding="utf-8",
    )
