"""Faults to practise on: each is made in the target `sandbox`, shows its symptom there, and is
healed by the commands of its FAQ entry.

Kinds: stored (left in a target), live (a process that is running), environment (PATH, Python,
packages), recorded (what a run left behind).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from course.clinic import makers
from course.clinic.sandbox import SANDBOX as SANDBOX
from course.clinic.sandbox import end_holder, fill_sandbox, lab, run_command
from course.clinic.target_health import examine_target
from course.doctor import commands
from course.environment import ROOT
from dlt_pipelines.amazon_products_pipeline import DATASET
from dlt_pipelines.deletion import check_no_link, delete
from dlt_pipelines.errors import PipelineError

SECONDS_HELD = 1800  # a process that holds the warehouse ends by itself


@dataclass(frozen=True)
class Fault:
    """One fault: `inflict` makes it in the sandbox, `see` is the command that shows it.

    `symptom` is what one then reads, with … for what varies; the fault's entry in FAQ.md has it
    too. `lies` is the file or folder that is broken, below the sandbox's folder. `stands` looks
    whether the fault is there; without it the doctor's look at the sandbox tells.
    """

    name: str
    kind: str
    happens: str
    see: str
    symptom: str
    lies: str
    inflict: Callable[[], None]
    stands: Callable[[], bool] | None = None

    @property
    def place(self) -> str:
        """The path of what is broken, as it is typed in the repository's folder."""
        path = lab().parent / self.lies
        return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)


def find_fault(name: str) -> Fault:
    """The fault of that name. Raises PipelineError where there is none."""
    if name not in FAULTS:
        raise PipelineError(
            f"There is no fault {name!r}.",
            cause="the name is misspelt",
            fix="course break --list shows them",
            faq="no-such-fault",
        )
    return FAULTS[name]


def inflict(name: str) -> Fault:
    """Make a fault in the sandbox (filled before, if it is not) and return it. Raises PipelineError
    for a name that is unknown.
    """
    fault = find_fault(name)
    check_no_link(lab().parent, lab())  # what is written there would lie elsewhere
    fill_sandbox()
    lab().mkdir(exist_ok=True)
    fault.inflict()
    return fault


def standing() -> tuple[set[str], list[str]]:
    """The names of the faults that stand in the sandbox, found by looking, and what could not be
    looked at, in words.
    """
    if not lab().parent.exists():
        return set(), []
    findings = list(examine_target(SANDBOX))
    names = {each.fault for each in findings if each.state == "found"}
    names |= {fault.name for fault in FAULTS.values() if fault.stands and fault.stands()}
    return names & FAULTS.keys(), [
        f"{each.looked_at}: {each.detail}" for each in findings if each.state == "could not look"
    ]


def heal(name: str, tell: Callable[[str], None] = print) -> None:
    """Run the commands of the fault's FAQ entry, one by one, and clear away what the fault left.

    Raises PipelineError when one of them fails.
    """
    if find_fault(name).kind == "environment":
        tell(
            "Close every shell that you have brought into it; this one is as it was, unless you "
            "have sourced enter.sh in it."
        )
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
                fix="course doctor --target sandbox names it; "
                "course heal --anew begins the sandbox anew",
                faq="no-such-fault",
            )
    delete(lab(), inside=lab().parent, ignore_errors=True)
    if name in standing()[0]:
        raise PipelineError(
            f"The commands have run, and {name} is still there.",
            cause="something else than the lab has made it, or another fault keeps it",
            fix="course doctor --target sandbox names what it is; "
            "course heal --anew begins the sandbox anew",
            faq="no-such-fault",
        )


LOAD = "python dlt_pipelines/amazon_products_pipeline.py --target sandbox"
BUILD = "course dbt --target sandbox build"
COUNT = "select count(*) from amazon_raw.reviews"
ENTER = "source data/sandbox/fault/enter.sh; "


def _entered(folder: str) -> bool:
    """Whether the lab's script brings a shell into that folder of the lab: the last one made."""
    script, folder_path = lab() / "enter.sh", lab() / folder
    return (
        folder_path.exists()
        and script.exists()
        and str(folder_path) in script.read_text(encoding="utf-8")
    )


def _ask(path: str) -> str:
    return f"python -c \"import duckdb; duckdb.connect('{path}').sql('{COUNT}').show()\""


FAULTS = {
    fault.name: fault
    for fault in (
        Fault("command-not-found", "environment",
              "dbt is typed, and the shell does not know it: another environment is active",
              f"{ENTER}dbt --version", "dbt: command not found",
              "fault/other",
              makers.wrong_environment,
              lambda: _entered("other")),
        Fault("old-python", "environment", "make finds no Python that the course can use",
              f"{ENTER}make -C data/sandbox/fault/clone install",
              "The course needs Python 3.11, 3.12 or 3.13, and found Python 3.9.18.",
              "fault/old",
              makers.old_python,
              lambda: _entered("old")),
        Fault("wrong-version", "environment",
              "a package is not the one that the lock names, and dlt cannot read its tables",
              f"{ENTER}python -c \"from dlt_pipelines.amazon_products_pipeline import *; "
              "print(len(make_pipeline(find_target('sandbox')).dataset()('select 1 as one from "
              "reviews').df()))\"",
              "qualify() got an unexpected keyword argument 'infer_schema'",
              "fault/packages/sqlglot",
              makers.wrong_version,
              lambda: _entered("packages")),
        Fault("nothing-loaded", "stored",
              "the warehouse is there, and nothing has been loaded into it",
              _ask("data/sandbox/warehouse.duckdb"),
              'Catalog Error: Table with name "amazon_raw.reviews" does not exist',
              "warehouse.duckdb",
              makers.nothing_loaded),
        Fault("second-database", "stored",
              "a relative path has made a second, empty database in another folder",
              "cd data/sandbox/fault/elsewhere && " + _ask("warehouse.duckdb"),
              'Catalog Error: Table with name "amazon_raw.reviews" does not exist',
              "fault/elsewhere/warehouse.duckdb",
              makers.second_database),
        Fault("dropped-table", "stored",
              "a raw table was dropped by hand, and dlt still believes in it",
              LOAD, "dlt stopped in the step load: … Table with name reviews does not exist!",
              "warehouse.duckdb",
              lambda: makers.change(f"drop table if exists {DATASET}.reviews")),
        Fault("pending-package", "stored",
              "a dlt pipeline was interrupted, its package waits, and the next load "
              "leaves the new data out",
              "python data/sandbox/fault/wishlists.py",
              "contains no failed jobs Wishes in the file: 5. Wishes in the warehouse: 3.",
              "dlt/pipelines/wishlists/load/normalized",
              makers.pending_package),
        Fault("type-changed", "stored",
              "the source sends ratings in words, and the load turns them down",
              BUILD, "Failure in test few_records_are_rejected",
              "warehouse.duckdb",
              lambda: makers.load_with("type-changed")),
        Fault("field-vanished", "stored", "the source leaves a field out, and nobody has said so",
              BUILD, "Failure in test no_field_has_vanished",
              "warehouse.duckdb",
              lambda: makers.load_with("field-vanished")),
        Fault("duplicate-keys", "stored", "somebody inserted rows by hand, and a key comes twice",
              BUILD, "Failure in test source_unique_amazon_raw_products_parent_asin",
              "warehouse.duckdb",
              lambda: makers.change(f"insert into {DATASET}.products select * from "
                                    f"{DATASET}.products order by parent_asin limit 5")),
        Fault("broken-ref", "stored", "a model refers to a model that does not exist",
              f"{BUILD}", "depends on a node named 'stg_product' which was not found",
              "project/models/marts/dim_products.sql",
              lambda: makers.own_project("ref('stg_products')", "ref('stg_product')")),
        Fault("broken-jinja", "stored", "a bracket of a model's Jinja does not close",
              f"{BUILD}", "unexpected '}'",
              "project/models/marts/dim_products.sql",
              lambda: makers.own_project(") }}", ") }")),
        Fault("empty-selection", "recorded",
              "dbt was asked for a model that does not exist, and called it a success",
              f"{BUILD} --select dim_product", "does not match any enabled nodes",
              "dbt/logs/dbt.log",
              lambda: makers.dbt_command("build", "--select", "dim_product")),
        Fault("out-of-memory", "recorded", "DuckDB was given less memory than a model needs",
              f"COURSE_MEMORY_LIMIT=5MB {BUILD}", "Out of Memory Error: …",
              "dbt/target/run_results.json",
              lambda: makers.dbt_command("build", COURSE_MEMORY_LIMIT="5MB")),
        Fault("slow-load", "recorded", "a load writes its rows as INSERT statements",
              "course dlt --target sandbox pipeline slow_reviews load-package",
              "insert_values",
              "dlt/pipelines/slow_reviews",
              makers.slow_load),
        Fault("api-errors", "recorded", "the API answers with errors, or not to the end",
              f"MARKETPLACE__TROUBLE=server-error RUNTIME__REQUEST_MAX_ATTEMPTS=2 {LOAD}",
              "The API did not answer as it should: 500 Server Error",
              "dlt/pipelines/amazon_products/trace.pickle",
              lambda: makers.load_with("server-error")),
        Fault("ci-failure", "recorded",
              "the checks fail on the server: a path has moved, the lock is out of date",
              "python -m pytest -n 0 -p no:cacheprovider "
              "data/sandbox/fault/clone/tests/test_everything.py",
              "ERROR: file or directory not found",
              "fault/clone",
              makers.ci_failure,
              lambda: (lab() / "clone/.github").exists()),
        Fault("locked-warehouse", "live", "another process holds the warehouse",
              BUILD, "The warehouse … is held by process …",
              "warehouse.duckdb",
              makers.hold_warehouse),
        Fault("mixed-modes", "live",
              "one process opens the warehouse to write, and again only to read",
              "python data/sandbox/fault/look.py",
              "Can't open a connection to same database file with a different configuration than "
              "existing connections",
              "fault/look.py",
              makers.mixed_modes,
              lambda: (lab() / "look.py").exists()),
    )
}  # fmt: skip
