"""dbt, called in this process: one place for how it is started, where its files go, and what counts
as a failure.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from textwrap import shorten
from types import MappingProxyType
from typing import TYPE_CHECKING

import pandas as pd

from course.dbt_parse import lent
from course.environment import DBT_PROJECT, is_foreign, own_settings
from course.warehouse import opened
from dlt_pipelines.amazon_products_pipeline import find_target
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.interruption import Interrupted, is_interruption
from dlt_pipelines.locks import explain_held
from dlt_pipelines.progress import step
from dlt_pipelines.wording import NO_SUCH_MODEL, NOT_COMPILED, NOTHING_SELECTED, says

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult

NEEDS_WAREHOUSE = ("build", "run", "test", "snapshot", "source", "docs", "show", "compile")
# of a line that dbt prints: its colours, and its seconds
NOT_THE_SAME = re.compile(r"(?P<colour>\x1b\[[0-9;]*m)|\d+\.\d+(?= ?s(econds)?\b)")
LONGEST = 400  # characters of what dbt says, in an error; it ends with a word
FAILED = ("error", "fail", "runtime error")  # what dbt calls a node that failed itself


def environment(target: str) -> dict[str, str]:
    """The variables that point dbt at a target's warehouse and keep its artefacts beside it.

    A target may have a project of its own, in `project/` (the exercises do: the course's models and
    the learner's).
    """
    found = find_target(target)
    own = found.folder / "project"
    return {
        "COURSE_WAREHOUSE": str(found.warehouse),
        "DBT_TARGET_PATH": str(found.folder / "dbt" / "target"),
        "DBT_LOG_PATH": str(found.folder / "dbt" / "logs"),
        "DBT_PROJECT_DIR": str(own if own.exists() else DBT_PROJECT),
        "DBT_PROFILES_DIR": str(DBT_PROJECT),
        "DBT_PROFILE": "amazon_analytics",
        "DBT_TARGET": "course",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "0",
    }


def invoke(
    target: str,
    *arguments: str,
    flags: Sequence[str] = (),
    callbacks: Sequence[Callable] = (),
    own: Mapping[str, str] = MappingProxyType({}),
) -> dbtRunnerResult:
    """Call dbt in this process, on a target's warehouse; the first argument is dbt's command,
    `flags` stand before it.

    Where things lie is said in flags too: `own` replaces a value, such as project_dir, and a flag
    among the arguments wins over both. The environment is as it was afterwards, and what somebody
    has set for dbt in it (DBT_WARN_ERROR …) counts for nothing.
    """
    from dbt.cli.main import cli, dbtRunner  # 3 seconds to import

    variables = environment(target)
    given = {
        name.removeprefix("DBT_").lower(): value
        for name, value in variables.items()
        if name.startswith("DBT_")
    } | dict(own)
    command, words = cli, 0
    while words < len(arguments) and arguments[words] in getattr(command, "commands", {}):
        command, words = command.commands[arguments[words]], words + 1
    known = {
        option
        for parameter in command.params
        if not getattr(parameter, "is_flag", False)
        for option in parameter.opts
    }
    options = [(f"--{name.replace('_', '-')}", value) for name, value in given.items()]
    said = [word for option, value in options if option in known for word in (option, value)]
    place, project = Path(given["target_path"]), Path(given["project_dir"])
    with lent(place, project), _variables(COURSE_WAREHOUSE=variables["COURSE_WAREHOUSE"]):
        return dbtRunner(callbacks=list(callbacks)).invoke(
            [*flags, *arguments[:words], *said, *arguments[words:]]
        )


@contextmanager
def _variables(**kept: str) -> Iterator[None]:
    """While the block runs, of dbt's variables only what a user means for it, and `kept`; behind
    it, all as it was.
    """
    before = dict(os.environ)
    for name in filter(is_foreign, before):
        del os.environ[name]
    os.environ.update(own_settings() | kept)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)


def copy_project(into: Path) -> None:
    """Copy the dbt project into a new folder, writable even where the original is not."""
    leave_out = shutil.ignore_patterns("target", "logs", "dbt_packages")
    shutil.copytree(DBT_PROJECT, into, ignore=leave_out, copy_function=shutil.copyfile)
    for path in (into, *into.rglob("*")):
        path.chmod(path.stat().st_mode | stat.S_IWUSR)


def artefacts(target: str) -> Path:
    """The folder with dbt's manifest.json, run_results.json and compiled SQL for a target."""
    return Path(environment(target)["DBT_TARGET_PATH"])


def dbt(*arguments: str, target: str = "dev", show: bool = False) -> pd.DataFrame:
    """Run a dbt command on a target and return its results, one row a node, sorted by name.

    Columns: name, kind (model, test, unit_test …), status, failures (failing rows of a test, else
    null); for `ls` only name. With `show`, what dbt says of each node is printed as well. Raises
    PipelineError when dbt stops, when a node fails, and when a selection matches nothing.
    """
    nothing = '{"error": ["NoNodesForSelectionCriteria"]}'
    running, done, total = {}, [], None

    def listen(event) -> None:
        nonlocal total
        if event.info.name == "NodeStart":
            running[event.data.node_info.unique_id] = event.data.node_info.node_name
        elif event.info.name == "NodeFinished":
            done.append(running.pop(event.data.node_info.unique_id, None))
        elif event.info.name == "LogStartLine":
            total = event.data.total

    def what() -> str:
        name = next(iter(running.copy().values()), "")
        return f"dbt {arguments[0]}, {name[:50]}" if name else f"dbt {arguments[0]}"

    # Opened here, the warehouse is waited for and not let go of between two nodes; where there is
    # none, `opened` says what to do.
    needs_warehouse = bool(arguments) and arguments[0] in NEEDS_WAREHOUSE
    held = opened(find_target(target).warehouse) if needs_warehouse else nullcontext()
    quiet = ("--log-level", "none", "--log-level-file", "debug", "--warn-error-options", nothing)
    listeners, one_thread = [listen], []
    if show:  # one node at a time, or the lines would come in another order each time
        listeners, one_thread = [listen, printer()], ["--threads", "1"]
    with held, step(what, lambda: total, lambda: len(done), unit="nodes", rate=False):
        outcome = invoke(target, *arguments, *one_thread, flags=quiet, callbacks=listeners)
    if arguments[0] in ("ls", "list") and outcome.success:
        return pd.DataFrame({"name": sorted(outcome.result)})
    nodes = [
        n
        for n in getattr(outcome.result, "results", None) or []
        if getattr(n.node, "resource_type", "") != "operation"
    ]
    table = pd.DataFrame(
        [(n.node.name, n.node.resource_type.value, n.status.value, n.failures) for n in nodes],
        columns=["name", "kind", "status", "failures"],
    )
    if not outcome.success:
        failure = _failure(outcome, nodes, target)
        messages = [
            outcome.exception or "",
            *(n.message for n in nodes if n.status.value in FAILED),
        ]
        failure.said = "\n".join(str(message) for message in messages if message)  # in dbt's words
        raise failure
    return table.sort_values(["kind", "name"], ignore_index=True)


def printer() -> Callable:
    """A callback that prints what dbt says of the nodes, as it says it, but for the seconds, which
    differ each time.
    """
    begun = False  # before its first node, dbt speaks of its version and of reading

    def say(event) -> None:
        nonlocal begun
        if begun and event.info.level in ("info", "warn", "error"):
            print(NOT_THE_SAME.sub(lambda found: "" if found["colour"] else "…", event.info.msg))
        begun = begun or event.info.name == "ConcurrencyLine"

    return say


def unreadable(text: str) -> str:
    """The FAQ entry for a message with which dbt stops before it runs anything."""
    return (
        "broken-ref"
        if says(text, NO_SUCH_MODEL)
        else "broken-jinja"
        if says(text, NOT_COMPILED)
        else "dbt-stopped"
    )


def _failure(outcome, nodes: list, target: str) -> PipelineError:
    if is_interruption(outcome.exception):
        return Interrupted(
            "dbt", "each model is as it was or as it should be, and no model is half-built"
        )
    if outcome.exception is not None:
        held = explain_held(outcome.exception, find_target(target).warehouse)
        if held:
            return held
        text = str(outcome.exception).strip()
        if says(text, NOTHING_SELECTED):
            return PipelineError(
                f"dbt found nothing to do: {text.splitlines()[-1].strip()}",
                cause="the name behind --select is misspelt; dbt alone would have "
                "called this a success",
                fix="course dbt ls shows the names that there are",
                faq="empty-selection",
            )
        if "No raw data" in text:
            return PipelineError(
                f"The target {target} holds no raw data.",
                cause="its first load has not finished",
                fix=f"course run --target {target}",
                faq="nothing-loaded",
            )
        return PipelineError(
            f"dbt stopped before it ran anything: {shorten(text, LONGEST, placeholder=' …')}",
            cause="a model, a YAML file or the profile cannot be read",
            fix="read the message: it names the file; course dbt parse checks the project alone",
            faq=unreadable(text),
        )
    bad = [n for n in nodes if n.status.value in FAILED]
    held = next(
        filter(
            None,
            (
                explain_held(Exception(n.message), find_target(target).warehouse)
                for n in bad
                if n.message
            ),
        ),
        None,
    )
    if held:
        return held
    lines = "; ".join(
        f"{n.node.name}: {shorten(n.message or '', LONGEST, placeholder=' …')}" for n in bad[:3]
    )
    return PipelineError(
        f"{len(bad)} of {len(nodes)} dbt nodes failed: {lines}",
        cause="a model's SQL breaks on the data, or a test found rows that it does not allow",
        fix=f"course dbt --target {target} build --select {bad[0].node.name if bad else ''} "
        "runs it alone",
        faq="dbt-node-failed",
    )
