"""Ctrl-C, and the signal of a scheduler or a shutdown: both end a process in words and in order."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dlt_pipelines.errors import PipelineError


def is_interruption(error: BaseException | None) -> bool:
    """Whether an error is what Ctrl-C and SIGTERM become in Python, in dlt or in DuckDB."""
    import duckdb
    from dlt.common.exceptions import SignalReceivedException

    return isinstance(
        error, (KeyboardInterrupt, SystemExit, SignalReceivedException, duckdb.InterruptException)
    )


class Interrupted(PipelineError):
    """Work that was told to end before it was done."""

    exit_code = 128 + signal.SIGINT

    def __init__(self, what: str, kept: str) -> None:
        super().__init__(
            f"{what} was interrupted: {kept}.",
            cause="Ctrl-C or Jupyter's stop button; or a scheduler, a shutdown or a closed "
            "terminal ended the process",
            fix="give the same command again: it settles what was begun, and does what is left",
            faq="interrupted",
        )


@dataclass
class Ending:
    """Which signal has ended the block, if one has."""

    signal: int | None = None


_endings: list[Ending] = []  # of the blocks that run, the outermost first


@contextmanager
def ended_in_order() -> Iterator[Ending]:
    """While the block runs, SIGINT raises KeyboardInterrupt and SIGTERM raises SystemExit: kernels
    end, accounts are written.

    A block inside another tells the outer one, too; it matters where somebody has caught the
    signals in between, as dlt does.
    """
    ending = _endings[0] if _endings else Ending()
    if threading.current_thread() is not threading.main_thread():  # only there can they be caught
        yield ending
        return

    def end(number: int, frame: object) -> None:
        ending.signal = number
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        signal.signal(number, signal.SIG_IGN)  # once is enough; what is left to do takes seconds
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    _endings.append(ending)
    try:
        yield ending
    finally:
        _endings.pop()
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)  # None: it was not set from Python
