"""The doctor's look at what dbt can read: the project, and by its tests the raw tables."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

from course.dbt import FAILED, invoke, unreadable
from course.doctor import Finding, found
from course.environment import DBT_PROJECT
from course.warehouse import opened, query
from dlt_pipelines.amazon_products_pipeline import DATASET, Target
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.load.contract import TABLES
from dlt_pipelines.targets import raw_tables

DBT_TESTS = ("source:amazon_raw", "few_records_are_rejected", "no_field_has_vanished")


def raw_table_names(target: Target) -> set[str]:
    """The raw tables of the warehouse. Raises PipelineError where another process holds it."""
    with opened(target.warehouse) as connection:
        return raw_tables(connection)


def project_and_data(target: Target) -> Iterator[Finding]:
    """Can dbt read the project, and what do the project's own tests of the raw data say? What they
    name is looked at more closely.
    """
    try:
        missing = set(TABLES) - raw_table_names(target)
    except PipelineError as error:  # there is none, or another process holds it
        missing = set(TABLES)
        if error.faq == "locked-warehouse":
            yield Finding("raw tables", "could not look", "the warehouse is held")
    command = ("parse",) if missing else ("test", "--select", *DBT_TESTS)
    failed, told = _run_dbt(target, *command)
    if told:
        yield _unreadable(target, told)
        if not (target.folder / "project").exists():
            return
        # the target's own project is broken, the course's may not be
        failed, told = _run_dbt(target, *command, project=DBT_PROJECT)
    else:
        yield Finding("dbt project", detail="dbt can read it")
    if missing or told:
        return
    if keys := [name for name in failed if "unique" in name]:
        yield found(
            "raw tables",
            "duplicate-keys",
            f"a key comes more than once: {keys[0]} fails",
            target.name,
        )
    if "no_field_has_vanished" in failed:
        yield found(
            "raw tables",
            "field-vanished",
            "a field that older loads brought is empty in all reviews of the newest",
            target.name,
        )
    if "few_records_are_rejected" in failed:
        yield _many_rejected(target)
    if others := {name for name in failed if "unique" not in name} - {
        "no_field_has_vanished",
        "few_records_are_rejected",
    }:
        yield found("raw tables", "dbt-node-failed", f"the test {min(others)} fails", target.name)
    if not failed:
        yield Finding(
            "raw tables", detail="keys are unique, no field has vanished, few records are rejected"
        )


# What a reason for which records are turned down tells of; any other is an entry of its own.
REASONS = {
    "is missing": "field-vanished",
    "cannot be read as": "type-changed",
    "is after the load": "wrong-clock",
}


def _many_rejected(target: Target) -> Finding:
    """Why the newest load turned down so many records of a table.

    A record that an earlier load has turned down is not noted again, so the reasons are those of
    the newest load, or those of what came from the same files and pages, or those of the table.
    """
    newest = query(
        target.warehouse,
        f"""with newest as (
            from {DATASET}.load_reconciliation
            where load_id = (select max(load_id) from {DATASET}.load_reconciliation)
        ),
        worst as (
            select table_name, sum(rejected) / sum(rows_in) as share from newest
            group by table_name order by share desc limit 1
        )
        select share, table_name, any_value(reason) as reason
        from {DATASET}.rejected_records inner join worst using (table_name)
        left join (select distinct load_id from newest) as by_load on _dlt_load_id = load_id
        left join (select distinct source, table_name from newest where rejected > 0) as by_source
            using (source, table_name)
        group by share, table_name, load_id is not null, by_source.source is not null,
            regexp_replace(regexp_replace(reason, ': .*', ''), '[0-9]+', '', 'g')
        order by load_id is not null desc, by_source.source is not null desc, count(*) desc
        limit 1""",
    ).iloc[0]
    fault = next(
        (fault for words, fault in REASONS.items() if words in newest.reason), "rejected-records"
    )
    detail = (
        f"the newest load turned down {newest.share:.0%} of {newest.table_name}, mostly: "
        f"{newest.reason[:80]}"
    )
    return found("raw tables", fault, detail, target.name)


def _unreadable(target: Target, told: str) -> Finding:
    return found("dbt project", unreadable(told), " ".join(told.split())[:240], target.name)


def _run_dbt(target: Target, *arguments: str, project: Path | None = None) -> tuple[list[str], str]:
    """Run dbt with artefacts and log of its own; what the last command left stays as evidence.

    Returns the names of the tests that failed, and dbt's message where it could not begin.
    """
    with tempfile.TemporaryDirectory(prefix="course-doctor-") as folder:
        own = {"target_path": folder, "log_path": folder} | (
            {"project_dir": str(project)} if project else {}
        )
        quiet = ("--log-level", "none", "--log-level-file", "none")
        # waited for, and held while dbt looks
        with opened(target.warehouse) if arguments[0] == "test" else nullcontext():
            outcome = invoke(target.name, *arguments, flags=quiet, own=own)
    if outcome.exception is not None:
        return [], str(outcome.exception)
    nodes = getattr(outcome.result, "results", None) or []
    return [node.node.name for node in nodes if node.status.value in FAILED], ""
