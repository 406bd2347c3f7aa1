"""Why a load has failed, put into words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dlt.pipeline.exceptions import PipelineStepFailed

from dlt_pipelines.errors import PipelineError
from dlt_pipelines.interruption import Interrupted, is_interruption
from dlt_pipelines.locks import explain_held
from dlt_pipelines.system_errors import explain_refused
from dlt_pipelines.targets import PIPELINE, Target
from dlt_pipelines.wording import NO_TABLE

ALL_OR_NOTHING = "all of it is in the warehouse, or nothing, and what was there is as it was"


@contextmanager
def changes_blamed(check_source: Callable[[], None]) -> Iterator[None]:
    """Where the block fails and the source has changed since it was found, the error says so."""
    try:
        yield
    except Exception:
        check_source()
        raise


def explain_state(error: BaseException, target: Target) -> PipelineError | None:
    """What is said where the warehouse is held or the system refuses something; else None."""
    return explain_held(error, target.warehouse) or explain_refused(error, target.folder)


def explain_failure(error: PipelineStepFailed, target: Target) -> PipelineError:
    """What is said where a step of dlt's failed: by its first cause with own words, or the last."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, PipelineError):
            return cause
        if is_interruption(cause):
            return Interrupted("The load", ALL_OR_NOTHING)
        explained = explain_state(cause, target)
        if explained:
            return explained
        if not isinstance(cause, StopIteration):  # how the last page before the trouble ended
            root = cause
        cause = cause.__cause__ or cause.__context__
    first_line = str(root).strip().splitlines()[0] if str(root).strip() else type(root).__name__
    if isinstance(root, OSError) and type(root).__module__.startswith("requests"):
        return PipelineError(
            f"The API did not answer as it should: {first_line}",
            cause="the service is down or overloaded, the token has run out, or the line broke; "
            "dlt has tried several times",
            fix="run again later: nothing of this load has been kept, and nothing is lost",
            faq="api-errors",
        )
    return PipelineError(
        f"dlt stopped in the step {error.step}: {first_line}",
        cause="see the trace: it names the job and the table",
        fix=f"course dlt --target {target.name} pipeline {PIPELINE} trace shows what happened; "
        "nothing of this load is in the warehouse: with the cause mended, run again",
        faq="dropped-table"
        if error.step == "load" and NO_TABLE.search(first_line)
        else "load-failed",
    )
