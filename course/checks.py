"""What the checks of exercises are made of: how one is stated, and how an answer is compared with
the one expected.

The checks that come with the course import it, and so may an instructor's own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from dateutil import parser

if TYPE_CHECKING:
    import dlt


MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
DAY = rf"""
    \b\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}\b
    | \b\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{4}}\b
    | \b\d{{1,2}}[-.\s]*{MONTH}(?:[-\s]*\d{{4}}|-\d{{2}})?\b
    | \b{MONTH}[-\s]*\d{{1,2}}\b(?!\.\d)(?:[-\s]+\d{{4}})?\b
"""
DEFAULT = datetime(2025, 1, 1)


class NotYet(Exception):
    """An answer that is not right yet: what was expected, what was found, and the hint that fits
    where there is one.
    """

    def __init__(self, expected: str, found: str, hint: str = "") -> None:
        self.expected, self.found, self.hint = expected, found, hint
        super().__init__(f"expected {expected}; found {found}")


class Stopped(NotYet):
    """An answer that stops with an error of its own, before there is anything to compare.

    The verdict tells the error; `hint` is for one that the check knows better than the tool does.
    """

    def __init__(self, error: BaseException, hint: str = "") -> None:
        self.error = error
        super().__init__("an answer that runs", f"{type(error).__name__}: {error}", hint)


@dataclass(frozen=True)
class Check:
    """How one exercise is judged. `judge(practice, *answers)` returns if the answer is right and
    raises NotYet if it is not.

    With `starter_counts` the file that the learner is given is a first attempt: the task says to
    run it as it is.
    """

    judge: Callable[..., None]
    hints: tuple[str, str, str]
    takeaway: str
    starter_counts: bool = False


@contextmanager
def small_pipeline() -> Iterator[dlt.Pipeline]:
    """A dlt pipeline into a DuckDB file, dataset `shop`, that is gone afterwards."""
    import dlt

    with TemporaryDirectory(prefix="check-", ignore_cleanup_errors=True) as folder:
        place = dlt.destinations.duckdb(str(Path(folder) / "warehouse.duckdb"))
        yield dlt.pipeline("check", destination=place, dataset_name="shop", pipelines_dir=folder)


def root_of(error: BaseException) -> BaseException:
    """What went wrong inside dlt, whose own errors only say in which step."""
    while type(error).__module__.startswith("dlt.") and (error.__cause__ or error.__context__):
        error = error.__cause__ or error.__context__
    return error


def counted(number: float, noun: str) -> str:
    """A number with its noun: "1 row", "12,345 rows", "2 categories"."""
    if number != 1:
        noun = f"{noun[:-1]}ies" if re.search("[^aeiou]y$", noun) else f"{noun}s"
    return f"{shown(number)} {noun}"


def kind(value: Any) -> str:
    """What sort of thing a value is: "a list", "an int", "nothing"."""
    name = "text" if isinstance(value, str) else type(value).__name__
    return "nothing" if value is None else f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def shown(value: Any) -> str:
    """A value as a verdict shows it: 491 for 491.0, 1,209,600 for 1.2096e+06, null for all kinds of
    nothing, a day without midnight.
    """
    if isinstance(value, str):
        return value or "an empty text"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {shown(each)}" for key, each in value.items())
    if isinstance(value, (list, tuple, set, np.ndarray)):
        return f"[{', '.join(map(shown, value))}]"
    if value is None or pd.isna(value):
        return "null"
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float, Decimal)):
        number: float = value if isinstance(value, int) else float(f"{value:.9g}")
        if abs(number) < 1e15 and number == int(number):
            number = int(number)
        return f"{number:,}" if abs(number) >= 10_000 else str(number)
    return str(value).removesuffix(" 00:00:00")


def need_columns(found: pd.DataFrame, *names: str) -> None:
    """Raise NotYet unless a result has these columns, in any order and case, and no others."""
    columns = [str(name).lower() for name in found.columns]
    missing = [name for name in names if name not in columns]
    extra = [name for name in columns if name not in names]
    if not missing and not extra and len(columns) == len(names):
        return
    hint = "Name the columns as the task does, each once."
    hint += f" Missing: {', '.join(missing)}." if missing else ""
    hint += f" Too many: {', '.join(extra)}." if extra else ""
    raise NotYet(f"the columns {', '.join(names)}", f"the columns {', '.join(columns)}", hint)


def need_text(answer: Any, what: str = "a query as text") -> None:
    """Raise NotYet unless an answer is a text, such as a query that the check is to run."""
    if not isinstance(answer, str):
        raise NotYet(what, kind(answer), "Give the text itself, between quotes.")


def same_rows(
    found: pd.DataFrame, expected: pd.DataFrame, *, in_order: bool = False, hint: str = ""
) -> None:
    """Compare two results by their rows; columns go by name, numbers may differ in the ninth digit,
    order counts only if asked.

    Raises NotYet with the first difference, and `hint`; without one, the hint says which columns
    differ, or which rows.
    """
    found, expected = _plain(found), _plain(expected)
    need_columns(found, *expected.columns)
    names = list(expected.columns)
    mine, theirs = _rows(found[names]), _rows(expected)
    if not in_order:
        mine, theirs = sorted(mine, key=repr), sorted(theirs, key=repr)
    if mine == theirs:
        return
    if len(mine) != len(theirs):
        more = Counter(mine) - Counter(theirs) if len(mine) > len(theirs) else None
        row = next(iter(more or Counter(theirs) - Counter(mine)))
        what = "A row that should not be there" if more else "A row that is missing"
        raise NotYet(
            counted(len(theirs), "row"),
            counted(len(mine), "row"),
            hint or f"{what}: {_row(names, row)}.",
        )
    number = next(n for n, pair in enumerate(zip(mine, theirs, strict=True)) if pair[0] != pair[1])
    raise NotYet(
        f"{_row(names, theirs[number])} (row {number + 1})",
        _row(names, mine[number]),
        hint or _which_differ(names, mine, theirs),
    )


def _which_differ(names: list[str], mine: list[tuple], theirs: list[tuple]) -> str:
    """Which columns hold other values than expected, and which hold the same, in words."""
    differ = [
        name
        for place, name in enumerate(names)
        if Counter(row[place] for row in mine) != Counter(row[place] for row in theirs)
    ]
    right = [name for name in names if name not in differ]
    if not differ:
        return "Each column has the right values, but not in the right rows."
    return f"Look at how you make {_listed(differ)}" + (
        f"; {_listed(right)} {'is' if len(right) == 1 else 'are'} right." if right else "."
    )


def _listed(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if quoted[1:] else quoted)


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename(columns=lambda name: str(name).lower())


def _rows(frame: pd.DataFrame) -> list[tuple]:
    return [tuple(map(_value, row)) for row in frame.itertuples(index=False)]


def _value(value: Any) -> Any:
    """A value that compares across types: 4, 4.0 and Decimal("4.00") are one, and so are the kinds
    of nothing.
    """
    if isinstance(value, (list, tuple, np.ndarray)):
        return tuple(map(_value, value))
    if value is None or pd.isna(value):
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool):
        return value
    try:
        return float(f"{float(value):.9g}")
    except (TypeError, ValueError):
        return str(value).removesuffix(" 00:00:00")


def _row(names: list[str], row: tuple) -> str:
    return ", ".join(f"{name} = {shown(value)}" for name, value in zip(names, row, strict=True))


def days_in(text: str) -> set[date]:
    """The days that a text names, in whatever form is usual: 10 April 2025, April 10th, 2025,
    10-Apr-25, 2025-04-10, 10.04.2025 or 04/10/2025.

    Of 04/05/2025 both readings. A day without a year is one of 2025, the practice data's last year.
    """
    found = set()
    for written in re.findall(DAY, _without_ordinals(text), re.IGNORECASE | re.VERBOSE):
        for day_first in (False,) if re.match(r"\d{4}", written) else (True, False):
            with suppress(ValueError, OverflowError):
                read = parser.parse(written, dayfirst=day_first, default=DEFAULT)
                found.add(read.date())
    return found


def without_days(text: str) -> str:
    """A text without the days that it names, so that what numbers are left are figures."""
    return re.sub(DAY, " ", _without_ordinals(text), flags=re.IGNORECASE | re.VERBOSE)


def _without_ordinals(text: str) -> str:
    """A text in which "the 10th of April, 2025" stands as "the 10 April 2025"."""
    text = re.sub(r"(?<=\d)(st|nd|rd|th)\b( of\b)?", " ", text, flags=re.IGNORECASE)
    return re.sub(
        rf"({MONTH}(?: ?\d{{1,2}})?) ?,(?= ?\d{{4}}\b)", r"\1 ", text, flags=re.IGNORECASE
    )
