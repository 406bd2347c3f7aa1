"""What the checks of exercises are made of: how one is stated, and how an answer is compared with
the one expected.

The checks that come with the course import it, and so may an instructor's own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd


class NotYet(Exception):
    """An answer that is not right yet: what was expected, what was found, and the hint that fits
    where there is one.
    """

    def __init__(self, expected: str, found: str, hint: str = "") -> None:
        self.expected, self.found, self.hint = expected, found, hint
        super().__init__(f"expected {expected}; found {found}")


@dataclass(frozen=True)
class Check:
    """How one exercise is judged. `judge(practice, *answers)` returns if the answer is right and
    raises NotYet if it is not.
    """

    judge: Callable[..., None]
    hints: tuple[str, str, str]
    takeaway: str


def same_rows(
    found: pd.DataFrame, expected: pd.DataFrame, *, in_order: bool = False, hint: str = ""
) -> None:
    """Compare two results by their rows; columns go by name, numbers may differ in the ninth digit,
    order counts only if asked.

    Raises NotYet with the first difference.
    """
    found, expected = _plain(found), _plain(expected)
    if set(found.columns) != set(expected.columns):
        raise NotYet(
            f"the columns {', '.join(expected.columns)}",
            f"the columns {', '.join(found.columns)}",
            hint,
        )
    found = found[list(expected.columns)]
    if len(found) != len(expected):
        raise NotYet(f"{len(expected):,} rows", f"{len(found):,} rows", hint)
    mine, theirs = (
        [tuple(map(_value, row)) for row in frame.itertuples(index=False)]
        for frame in (found, expected)
    )
    if not in_order:
        mine, theirs = sorted(mine, key=repr), sorted(theirs, key=repr)
    for number, (my_row, their_row) in enumerate(zip(mine, theirs, strict=True), start=1):
        if my_row != their_row:
            raise NotYet(
                f"{_row(expected, their_row)} (row {number})", _row(expected, my_row), hint
            )


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename(columns=lambda name: str(name).lower())


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


def _row(frame: pd.DataFrame, row: tuple) -> str:
    return ", ".join(f"{name} = {value}" for name, value in zip(frame.columns, row, strict=True))
