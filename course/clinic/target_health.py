"""The doctor's look at a target: its warehouse, its loads, its dbt project and its last run.
Nothing is changed by looking.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb

from course.clinic.raw_data_health import project_and_data, raw_table_names
from course.dbt import FAILED, artefacts
from course.doctor import Finding, found, name_error
from course.environment import ROOT, settings
from course.notebooks import relative
from course.warehouse import query
from dlt_pipelines.amazon_products_pipeline import PIPELINE, Target, find_target
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.load.contract import TABLES
from dlt_pipelines.locks import at_work
from dlt_pipelines.wording import NO_TABLE, NOTHING_SELECTED, OUT_OF_MEMORY, SELECTION, says

MANY_ROWS = 1000  # that many rows written as INSERT statements are worth a word
DBT_TESTS = ("source:amazon_raw", "few_records_are_rejected", "no_field_has_vanished")


def examine_target(name: str) -> Iterator[Finding]:
    """Look at a target, part by part. A part that cannot be looked at is told as such, and the
    others are looked at all the same.
    """
    target = find_target(name)
    if not target.folder.exists():
        yield Finding(
            "target", "note", f"there is no target {name} yet: course run --target {name} makes it"
        )
        return
    for part in (_warehouse, _other_databases, _loads, _dbt_results, _last_run, project_and_data):
        try:
            findings = list(part(target))
        except Exception as error:  # a doctor who falls ill has to say so, and go on
            told = f"{type(error).__name__}: {error}".splitlines()[0]
            findings = [Finding(part.__name__.strip("_").replace("_", " "), "could not look", told)]
        yield from findings


def _warehouse(target: Target) -> Iterator[Finding]:
    """Is there a warehouse, can it be opened, and has anything been loaded into it?"""
    if not target.warehouse.exists():
        yield found(
            "warehouse", "nothing-loaded", f"the target {target.name} has no warehouse", target.name
        )
        return
    try:
        tables = raw_table_names(target)
    except PipelineError as error:
        if working := at_work(target.folder):
            yield Finding(
                "warehouse",
                "could not look",
                f"`{working}` is at work on it; look again when it has finished",
            )
        else:
            yield found("warehouse", error.faq, error.what, target.name)
        return
    known = _tables_that_dlt_knows(target)
    gone = sorted((known or set(TABLES)) - tables)
    if not tables:
        yield found(
            "warehouse",
            "nothing-loaded",
            "the file is there, and not one raw table in it",
            target.name,
        )
    elif gone:
        yield found(
            "warehouse",
            "dropped-table",
            f"dlt believes in {', '.join(gone)}, and the warehouse has none",
            target.name,
        )
    else:
        yield Finding(
            "warehouse", detail=f"can be opened, and holds {len(tables & TABLES.keys())} raw tables"
        )


def _tables_that_dlt_knows(target: Target) -> set[str]:
    """The raw tables that were made by a load that went through, by dlt's own schema."""
    path = target.dlt_folder / "pipelines" / PIPELINE / "schemas" / f"{PIPELINE}.schema.json"
    if not path.exists():
        return set()
    tables = json.loads(path.read_text(encoding="utf-8"))["tables"]
    return {
        name
        for name, table in tables.items()
        if name in TABLES and table.get("x-normalizer", {}).get("seen-data")
    }


def _other_databases(target: Target) -> Iterator[Finding]:
    """Empty DuckDB files where a relative path may have made one: the working folder, the
    repository's folders, the target's own.
    """
    folders = {
        Path.cwd(),
        ROOT,
        *(ROOT / name for name in ("notebooks", "dbt_project", "dlt_pipelines", "my_work")),
        settings().my_work,
    }
    files = {file for folder in folders if folder.exists() for file in folder.glob("*.duckdb")}
    files |= {
        file
        for file in target.folder.rglob("*.duckdb")
        if file != target.warehouse and file.parent.name != "landing"
    }
    for file in sorted(files):
        try:
            empty = query(file, "select count(*) as tables from duckdb_tables()").tables[0] == 0
        except (PipelineError, duckdb.IOException):  # held by another process, or no database
            continue
        if empty:
            yield found(
                "databases",
                "second-database",
                f"{relative(file)} is a database without a table; the target's is "
                f"{relative(target.warehouse)}",
            )
            return
    yield Finding("databases", detail="no empty file beside the target's own")


def _loads(target: Target) -> Iterator[Finding]:
    """Every dlt pipeline of the target: a package that waits, a last run that failed, rows that
    were written one by one.
    """
    from dlt.pipeline.trace import load_trace

    healthy = True
    # a trace may be all there is
    for folder in sorted(
        path for path in (target.dlt_folder / "pipelines").glob("*") if path.is_dir()
    ):
        waiting = [*folder.glob("load/normalized/*"), *folder.glob("normalize/extracted/*")]
        if waiting:
            healthy = False
            yield _waiting(target, folder.name, waiting[0].name)
        trace = load_trace(str(folder))
        for step in trace.steps if trace else []:
            if step.step_exception and step.step != "run":
                healthy = False
                yield _failed_step(target, folder.name, step)
        metrics = [
            each
            for info in [trace and trace.last_normalize_info]
            if info
            for group in info.metrics.values()
            for each in group
        ]
        for file, job in [item for each in metrics for item in each["job_metrics"].items()]:
            if ("insert_values" in file or "jsonl" in file) and job.items_count >= MANY_ROWS:
                healthy = False
                detail = (
                    f"the pipeline {folder.name} wrote {job.items_count:,} rows of "
                    f"{file.split('.')[0]} as INSERT statements"
                )
                yield found("loads", "slow-load", detail, target.name)
    if healthy:
        yield Finding("loads", detail="the last one went through, nothing waits")


def _waiting(target: Target, pipeline: str, package: str) -> Finding:
    if pipeline == PIPELINE:
        told = (
            "the last load was interrupted; the next one settles what it has left, and reads "
            "its records again"
        )
        return Finding("loads", "note", told)
    finding = found(
        "loads",
        "pending-package",
        f"the pipeline {pipeline} has a package that waits: {package}",
        target.name,
    )
    if pipeline != "wishlists":  # the entry speaks of the one that `course break` makes
        finding.fix = [finding.fix[0].replace("wishlists", pipeline)]
    return finding


def _failed_step(target: Target, pipeline: str, step) -> Finding:
    traces = step.exception_traces or []
    messages = [each["message"] for each in traces if each["message"].strip()]
    # What the load raises on purpose names its entry; what led to it says less.
    own = [each["message"] for each in traces if each["exception_type"].endswith(".PipelineError")]
    root = (own or messages or [str(step.step_exception)])[-1].strip()
    kinds = " ".join(each["exception_type"] for each in traces)
    detail = (
        f"the pipeline {pipeline} stopped in the step {step.step}: {root.splitlines()[0][:200]}"
    )
    if said := re.search(r"FAQ\.md#([a-z-]+)", root):
        return found("loads", said.group(1), detail, target.name)
    if re.search(r"requests\.exceptions|urllib3\.exceptions", kinds):
        return found("loads", "api-errors", detail, target.name)
    if NO_TABLE.search(root):
        return found("loads", "dropped-table", detail, target.name)
    return found("loads", "load-failed", detail, target.name)


def _dbt_results(target: Target) -> Iterator[Finding]:
    """What dbt's last command on this target left behind: its results, and the end of its log."""
    results, log = (
        artefacts(target.name) / "run_results.json",
        target.folder / "dbt" / "logs" / "dbt.log",
    )
    last = (
        log.read_text(encoding="utf-8", errors="replace").split("============================== ")[
            -1
        ]
        if log.exists()
        else ""
    )
    if says(last, NOTHING_SELECTED):
        chosen = SELECTION.search(last)
        yield found(
            "dbt's last run",
            "empty-selection",
            f"it chose {chosen[1] if chosen else 'something'}, which matches nothing",
            target.name,
        )
        return
    nodes = json.loads(results.read_text(encoding="utf-8"))["results"] if results.exists() else []
    failed = [node for node in nodes if node["status"] in FAILED]
    short = [node for node in failed if says(node["message"] or "", OUT_OF_MEMORY)]
    name = (short or failed or [{"unique_id": ""}])[0]["unique_id"].split(".", 2)[-1]
    if short:
        yield found(
            "dbt's last run",
            "out-of-memory",
            f"{len(short)} nodes had too little memory, {name} among them",
            target.name,
        )
    elif failed:
        named = {
            "few_records_are_rejected": "type-changed",
            "no_field_has_vanished": "field-vanished",
        }
        fault = next(
            (
                named[node["unique_id"].split(".")[-1]]
                for node in failed
                if node["unique_id"].split(".")[-1] in named
            ),
            "",
        )
        if not fault and any(".source_unique" in node["unique_id"] for node in failed):
            fault = "duplicate-keys"
        yield found(
            "dbt's last run",
            fault or "dbt-node-failed",
            f"{len(failed)} of {len(nodes)} nodes failed, {name} among them",
            target.name,
        )
    else:
        yield Finding(
            "dbt's last run",
            detail=f"{len(nodes)} nodes, none failed" if nodes else "there was none",
        )


def _last_run(target: Target) -> Iterator[Finding]:
    """The newest `course run` on this target."""
    from course.running.runner import last_run

    run = last_run(target.name)
    failed = (
        next((stage for stage in run["stages"] if stage["status"] == "failed"), None)
        if run
        else None
    )
    if not failed:
        yield Finding(
            "last run", detail=f"{run['started_at']}: {run['status']}" if run else "there was none"
        )
        return
    named = name_error(failed["error"])
    fault = named.fault or (failed["faq"] or "#").split("#")[1]
    first = failed["error"].splitlines()[0][:160]
    yield found(
        "last run",
        fault,
        f"lesson {failed['lesson']} failed in the cell {failed['cell']}: {first}",
        target.name,
    )
