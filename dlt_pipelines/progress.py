"""What a step that takes longer than a moment tells while it runs: how far it is, rows, a rate, seconds.

It tells it in one line that is replaced and goes away at the end: in a terminal, below a notebook's cell, or, where
`COURSE_PROGRESS` names a file, in that file (`course run` shows what its notebooks write there). Nothing is told where nobody looks.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import perf_counter

FIRST_SECONDS, EVERY_SECONDS = 2.0, 0.5


@contextmanager
def step(
    what: str | Callable[[], str], total: float | None = None, so_far: Callable[[], float] | None = None, unit: str = "rows"
) -> Iterator[None]:
    """Tell of a step while the block runs.

    total: the rows that there are to do, as far as known; so_far: gives the rows that are done, and is asked from another thread.
    unit: what is counted, where it is not rows.
    """
    show = _place()
    if show is None:
        yield
        return
    over, began = Event(), perf_counter()

    def tell() -> None:
        wait = FIRST_SECONDS
        while not over.wait(wait):
            wait = EVERY_SECONDS
            told = what if isinstance(what, str) else what()
            show(line(told, perf_counter() - began, total, so_far() if so_far else None, unit))
        if wait != FIRST_SECONDS:
            show("")

    teller = Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


def line(what: str, seconds: float, total: float | None = None, rows: float | None = None, unit: str = "rows") -> str:
    """The line of a step that has run for some seconds: `reviews: 40 %, 4,000,000 rows, 2,000,000 rows/s, 2 s`."""
    parts = []
    if rows:
        parts += [f"{min(rows / total, 1):.0%}".replace("%", " %")] if total else []
        parts += [f"{rows:,.0f} {unit}", f"{rows / seconds:,.0f} {unit}/s"]
    elif total:
        parts += [f"{total:,.0f} {unit}"]
    return f"{what}: {', '.join([*parts, f'{seconds:.0f} s'])}"


def _place() -> Callable[[str], None] | None:
    """What shows a line in the place of the one before, an empty one at the end; None where nobody looks."""
    if file := os.environ.get("COURSE_PROGRESS"):
        return lambda text: _write(Path(file), text)
    if sys.stderr is not None and sys.stderr.isatty():
        return lambda text: print(f"\r\x1b[2K{text[: _width()]}", end="", file=sys.stderr, flush=True)
    if "JPY_SESSION_NAME" in os.environ and "IPython" in sys.modules:  # a notebook that somebody has open in Jupyter
        return _below_the_cell()
    return None


def _write(file: Path, text: str) -> None:
    draft = file.with_suffix(".new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)  # whoever reads it finds a whole line


def _width() -> int:
    return os.get_terminal_size(sys.stderr.fileno()).columns - 1


def _below_the_cell() -> Callable[[str], None]:
    from IPython.display import display

    shown = []

    def show(text: str) -> None:
        bundle = {"text/plain": text} if text else {}
        if shown:
            shown[0].update(bundle, raw=True)
        else:
            shown.append(display(bundle, raw=True, display_id=True))

    return show
