"""What a long step tells while it runs: how far it is, rows, a rate, seconds.

It tells it in one line that is replaced and goes away at the end: in a terminal, below a notebook's
cell, or, where `COURSE_PROGRESS` names a file, in that file (`course run` shows what its notebooks
write there). Nothing is told where nobody looks.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from threading import Event, Thread
from time import perf_counter
from typing import Any

FIRST_SECONDS, EVERY_SECONDS = 2.0, 0.5
CELL_WIDTH = 100  # characters; a longer line would take two below a notebook's cell
_running: list[Event] = []  # what says that a step is over, for all that run, the innermost last


@contextmanager
def step(
    what: str | Callable[[], str],
    total: float | Callable[[], float | None] | None = None,
    so_far: Callable[[], float] | None = None,
    unit: str = "rows",
    rate: bool = True,
) -> Iterator[None]:
    """Tell of a step while the block runs; while a step inside it runs, that one tells.

    total: the rows that there are to do, as far as known; so_far: gives the rows that are done.
    What can be called is asked from another thread. unit: what is counted, where it is not rows.
    rate: whether to tell how many they are in a second.
    """
    show = _place()
    if show is None:
        yield
        return
    over, began = Event(), perf_counter()

    def tell() -> None:
        wait, told = FIRST_SECONDS, False
        while not over.wait(wait):
            wait = EVERY_SECONDS
            if _running[-1] is over:
                now: list[Any] = [
                    given() if callable(given) else given for given in (what, total, so_far)
                ]
                show(line(now[0], perf_counter() - began, now[1], now[2], unit, rate))
                told = True
        if told:
            show("")

    _running.append(over)
    teller = Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()
        _running.remove(over)


def line(
    what: str,
    seconds: float,
    total: float | None = None,
    rows: float | None = None,
    unit: str = "rows",
    rate: bool = True,
) -> str:
    """The line of a step after some seconds: `reviews: 40 %, 4,000,000 rows, …, 2 s`."""
    parts = []
    if rows:
        parts += [f"{min(rows / total, 1):.0%}".replace("%", " %")] if total else []
        parts += [f"{rows:,.0f} {unit}"] + ([f"{rows / seconds:,.0f} {unit}/s"] if rate else [])
    elif total:
        parts += [f"{total:,.0f} {unit}"]
    return f"{what}: {', '.join([*parts, f'{seconds:.0f} s'])}"


def _place() -> Callable[[str], None] | None:
    """What shows a line in place of the one before, at the end an empty one; None: nobody looks."""
    if file := os.environ.get("COURSE_PROGRESS"):
        return lambda text: _write(Path(file), text)
    if sys.stderr is not None and sys.stderr.isatty():
        return lambda text: print(
            f"\r\x1b[2K{text[: _width()]}", end="", file=sys.stderr, flush=True
        )
    # a notebook that somebody has open in Jupyter
    if "JPY_SESSION_NAME" in os.environ and "IPython" in sys.modules:
        from IPython import get_ipython

        return _below_the_cell(getattr(get_ipython(), "execution_count", 0))
    return None


def _write(file: Path, text: str) -> None:
    draft = file.with_suffix(".new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)  # whoever reads it finds a whole line


def _width() -> int:
    return os.get_terminal_size(sys.stderr.fileno()).columns - 1


@lru_cache(maxsize=1)
def _below_the_cell(number: int) -> Callable[[str], None]:
    """What shows a line below the cell of that number: all steps of a cell in the same place."""
    from IPython.display import display

    shown = []

    def show(text: str) -> None:
        bundle = {"text/plain": text[:CELL_WIDTH]} if text else {}
        if shown:
            shown[0].update(bundle, raw=True)
        else:
            shown.append(display(bundle, raw=True, display_id=True))

    return show
