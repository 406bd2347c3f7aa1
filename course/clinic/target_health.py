"""The doctor's look at a target: its warehouse, its loads, its dbt project and its last run. Nothing is changed by looking."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import duckdb

from course.dbt import FAILED, artefacts, invoke, unreadable
from course.doctor import Finding, found, name_error
from course.environment import DBT_PROJECT, ROOT, settings
from course.notebooks import relative
from course.warehouse import opened, query
from dlt_pipelines.amazon_products_pipeline import DATASET, PIPELINE, Target, find_target
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.load.contract import TABLES
from dlt_pipelines.locks import at_work
from dlt_pipelines.wording import NO_TABLE, NOTHING_SELECTED, OUT_OF_MEMORY, SELECTION, says

MANY_ROWS = 1000  # that many rows written as INSERT statements are worth a word
DBT_TESTS = ("source:amazon_raw", "few_records_are_rejected", "no_field_has_vanished")


def examine_target(name: str) -> Iterator[Finding]:
    """Look at a target, part by part. A part that cannot be looked at is told as such, and the others are looked at all the same."""
    place = find_target(name)
    if not place.folder.exists():
        yield Finding("target", "note", f"there is no target {name} yet: course run --target {name} makes it")
        return
    for part in (_warehouse, _other_databases, _loads, _dbt_results, _last_run, _project_and_data):
        try:
            findings = list(part(place))
        except Exception as error:  # a doctor who falls ill has to say so, and go on
            told = f"{type(error).__name__}: {error}".splitlines()[0]
            findings = [Finding(part.__name__.strip("_").replace("_", " "), "could not look", told)]
        yield from findings


def _warehouse(place: Target) -> Iterator[Finding]:
    """Is there a warehouse, can it be opened, and has anything been loaded into it?"""
    if not place.warehouse.exists():
        yield found("warehouse", "nothing-loaded", f"the target {place.name} has no warehouse", place.name)
        return
    try:
        tables = set(_raw_table_names(place))
    except PipelineError as error:
        if working := at_work(place.folder):
            yield Finding("warehouse", "could not look", f"`{working}` is at work on it; look again when it has finished")
        else:
            yield found("warehouse", error.faq, error.what, place.name)
        return
    known = _tables_that_dlt_knows(place)
    gone = sorted((known or set(TABLES)) - tables)
    if not tables:
        yield found("warehouse", "nothing-loaded", "the file is there, and not one raw table in it", place.name)
    elif gone:
        yield found("warehouse", "dropped-table", f"dlt believes in {', '.join(gone)}, and the warehouse has none", place.name)
    else:
        yield Finding("warehouse", detail=f"can be opened, and holds {len(tables & TABLES.keys())} raw tables")


def _raw_table_names(place: Target) -> list[str]:
    """The raw tables that the warehouse holds. Raises PipelineError where it is held by another process."""
    return list(query(place.warehouse, f"select table_name from duckdb_tables() where schema_name = '{DATASET}'").table_name)


def _tables_that_dlt_knows(place: Target) -> set[str]:
    """The raw tables that were made by a load that went through, by dlt's own schema."""
    path = place.dlt_folder / "pipelines" / PIPELINE / "schemas" / f"{PIPELINE}.schema.json"
    if not path.exists():
        return set()
    tables = json.loads(path.read_text(encoding="utf-8"))["tables"]
    return {name for name, table in tables.items() if name in TABLES and table.get("x-normalizer", {}).get("seen-data")}


def _other_databases(place: Target) -> Iterator[Finding]:
    """Empty DuckDB files where a relative path may have made one: the working folder, the repository's folders, the target's own."""
    folders = {Path.cwd(), ROOT, *(ROOT / name for name in ("notebooks", "dbt_project", "dlt_pipelines", "my_work")), settings().my_work}
    files = {file for folder in folders if folder.exists() for file in folder.glob("*.duckdb")}
    files |= {file for file in place.folder.rglob("*.duckdb") if file != place.warehouse and file.parent.name != "landing"}
    for file in sorted(files):
        try:
            empty = query(file, "select count(*) as tables from duckdb_tables()").tables[0] == 0
        except (PipelineError, duckdb.IOException):  # held by another process, or no database
            continue
        if empty:
            yield found(
                "databases",
                "second-database",
                f"{relative(file)} is a database without a table; the target's is {relative(place.warehouse)}",
            )
            return
    yield Finding("databases", detail="no empty file beside the target's own")


def _loads(place: Target) -> Iterator[Finding]:
    """Every dlt pipeline of the target: a package that waits, a last run that failed, rows that were written one by one."""
    from dlt.pipeline.trace import load_trace

    healthy = True
    for folder in sorted(path for path in (place.dlt_folder / "pipelines").glob("*") if path.is_dir()):  # a trace may be all there is
        waiting = [*folder.glob("load/normalized/*"), *folder.glob("normalize/extracted/*")]
        if waiting:
            healthy = False
            yield _waiting(place, folder.name, waiting[0].name)
        trace = load_trace(str(folder))
        for step in trace.steps if trace else []:
            if step.step_exception and step.step != "run":
                healthy = False
                yield _failed_step(place, folder.name, step)
        metrics = [each for info in [trace and trace.last_normalize_info] if info for group in info.metrics.values() for each in group]
        for file, job in [item for each in metrics for item in each["job_metrics"].items()]:
            if ("insert_values" in file or "jsonl" in file) and job.items_count >= MANY_ROWS:
                healthy = False
                detail = f"the pipeline {folder.name} wrote {job.items_count:,} rows of {file.split('.')[0]} as INSERT statements"
                yield found("loads", "slow-load", detail, place.name)
    if healthy:
        yield Finding("loads", detail="the last one went through, nothing waits")


def _waiting(place: Target, pipeline: str, package: str) -> Finding:
    if pipeline == PIPELINE:
        told = "the last load was interrupted; the next one settles what it has left, and reads its records again"
        return Finding("loads", "note", told)
    finding = found("loads", "pending-package", f"the pipeline {pipeline} has a package that waits: {package}", place.name)
    if pipeline != "wishlists":  # the entry speaks of the one that `course break` makes
        finding.fix = [finding.fix[0].replace("wishlists", pipeline)]
    return finding


def _failed_step(place: Target, pipeline: str, step) -> Finding:
    traces = step.exception_traces or []
    messages = [each["message"] for each in traces if each["message"].strip()]
    # What the load raises on purpose names its entry; what led to it says less.
    own = [each["message"] for each in traces if each["exception_type"].endswith(".PipelineError")]
    root = (own or messages or [str(step.step_exception)])[-1].strip()
    kinds = " ".join(each["exception_type"] for each in traces)
    detail = f"the pipeline {pipeline} stopped in the step {step.step}: {root.splitlines()[0][:200]}"
    if said := re.search(r"FAQ\.md#([a-z-]+)", root):
        return found("loads", said.group(1), detail, place.name)
    if re.search(r"requests\.exceptions|urllib3\.exceptions", kinds):
        return found("loads", "api-errors", detail, place.name)
    if NO_TABLE.search(root):
        return found("loads", "dropped-table", detail, place.name)
    return found("loads", "load-failed", detail, place.name)


def _dbt_results(place: Target) -> Iterator[Finding]:
    """What dbt's last command on this target left behind: its results, and the end of its log."""
    results, log = artefacts(place.name) / "run_results.json", place.folder / "dbt" / "logs" / "dbt.log"
    last = log.read_text(encoding="utf-8", errors="replace").split("============================== ")[-1] if log.exists() else ""
    if says(last, NOTHING_SELECTED):
        chosen = SELECTION.search(last)
        yield found(
            "dbt's last run", "empty-selection", f"it chose {chosen[1] if chosen else 'something'}, which matches nothing", place.name
        )
        return
    nodes = json.loads(results.read_text(encoding="utf-8"))["results"] if results.exists() else []
    failed = [node for node in nodes if node["status"] in FAILED]
    short = [node for node in failed if says(node["message"] or "", OUT_OF_MEMORY)]
    name = (short or failed or [{"unique_id": ""}])[0]["unique_id"].split(".", 2)[-1]
    if short:
        yield found("dbt's last run", "out-of-memory", f"{len(short)} nodes had too little memory, {name} among them", place.name)
    elif failed:
        named = {"few_records_are_rejected": "type-changed", "no_field_has_vanished": "field-vanished"}
        fault = next((named[node["unique_id"].split(".")[-1]] for node in failed if node["unique_id"].split(".")[-1] in named), "")
        if not fault and any(".source_unique" in node["unique_id"] for node in failed):
            fault = "duplicate-keys"
        yield found(
            "dbt's last run", fault or "dbt-node-failed", f"{len(failed)} of {len(nodes)} nodes failed, {name} among them", place.name
        )
    else:
        yield Finding("dbt's last run", detail=f"{len(nodes)} nodes, none failed" if nodes else "there was none")


def _last_run(place: Target) -> Iterator[Finding]:
    """The newest `course run` on this target."""
    from course.running.runner import last_run

    run = last_run(place.name)
    failed = next((stage for stage in run["stages"] if stage["status"] == "failed"), None) if run else None
    if not failed:
        yield Finding("last run", detail=f"{run['started_at']}: {run['status']}" if run else "there was none")
        return
    named = name_error(failed["error"])
    fault = named.fault or (failed["faq"] or "#").split("#")[1]
    first = failed["error"].splitlines()[0][:160]
    yield found("last run", fault, f"lesson {failed['lesson']} failed in the cell {failed['cell']}: {first}", place.name)


def _project_and_data(place: Target) -> Iterator[Finding]:
    """Can dbt read the project, and what do the project's own tests of the raw data say? What they name is looked at more closely."""
    try:
        missing = set(TABLES) - set(_raw_table_names(place))
    except PipelineError as error:  # there is none, or another process holds it
        missing = set(TABLES)
        if error.faq == "locked-warehouse":
            yield Finding("raw tables", "could not look", "the warehouse is held")
    command = ("parse",) if missing else ("test", "--select", *DBT_TESTS)
    failed, told = _run_dbt(place, *command)
    if told:
        yield _unreadable(place, told)
        if not (place.folder / "project").exists():
            return
        failed, told = _run_dbt(place, *command, project=DBT_PROJECT)  # the target's own project is broken, the course's may not be
    else:
        yield Finding("dbt project", detail="dbt can read it")
    if missing or told:
        return
    if keys := [name for name in failed if "unique" in name]:
        yield found("raw tables", "duplicate-keys", f"a key comes more than once: {keys[0]} fails", place.name)
    if "no_field_has_vanished" in failed:
        yield found("raw tables", "field-vanished", "a field that older loads brought is empty in all reviews of the newest", place.name)
    if "few_records_are_rejected" in failed:
        yield _many_rejected(place)
    if others := {name for name in failed if "unique" not in name} - {"no_field_has_vanished", "few_records_are_rejected"}:
        yield found("raw tables", "dbt-node-failed", f"the test {min(others)} fails", place.name)
    if not failed:
        yield Finding("raw tables", detail="keys are unique, no field has vanished, few records are rejected")


# What a reason for which records are turned down tells of; any other is an entry of its own.
REASONS = {"is missing": "field-vanished", "cannot be read as": "type-changed", "is after the load": "wrong-clock"}


def _many_rejected(place: Target) -> Finding:
    """Why the newest load turned down so many records of a table.

    A record that an earlier load has turned down is not noted again, so the reasons are those of the newest load, or those of
    what came from the same files and pages, or those of the table.
    """
    newest = query(
        place.warehouse,
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
        left join (select distinct source, table_name from newest where rejected > 0) as by_source using (source, table_name)
        group by share, table_name, load_id is not null, by_source.source is not null,
            regexp_replace(regexp_replace(reason, ': .*', ''), '[0-9]+', '', 'g')
        order by load_id is not null desc, by_source.source is not null desc, count(*) desc limit 1""",
    ).iloc[0]
    fault = next((fault for words, fault in REASONS.items() if words in newest.reason), "rejected-records")
    detail = f"the newest load turned down {newest.share:.0%} of {newest.table_name}, mostly: {newest.reason[:80]}"
    return found("raw tables", fault, detail, place.name)


def _unreadable(place: Target, told: str) -> Finding:
    return found("dbt project", unreadable(told), " ".join(told.split())[:240], place.name)


def _run_dbt(place: Target, *arguments: str, project: Path | None = None) -> tuple[list[str], str]:
    """Run dbt with artefacts and log of its own, so that what the last command left stays as evidence.

    Returns the names of the tests that failed, and dbt's message where it could not begin.
    """
    with tempfile.TemporaryDirectory(prefix="course-doctor-") as folder:
        own = {"target_path": folder, "log_path": folder} | ({"project_dir": str(project)} if project else {})
        quiet = ("--log-level", "none", "--log-level-file", "none")
        with opened(place.warehouse) if arguments[0] == "test" else nullcontext():  # waited for, and held while dbt looks
            outcome = invoke(place.name, *arguments, flags=quiet, own=own)
    if outcome.exception is not None:
        return [], str(outcome.exception)
    nodes = getattr(outcome.result, "results", None) or []
    return [node.node.name for node in nodes if node.status.value in FAILED], ""
