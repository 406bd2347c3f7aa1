"""How a DataFrame looks in a notebook: texts stand at the left, and whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

LONGEST_TEXT = 300  # characters; a reason fits, a long review does not
# JupyterLab heeds the style, the pages the class
AT_THE_LEFT = ' class="text" style="text-align: left"'
ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
CELL = re.compile(r"<t[dh](?=[ >])")


def dress(shell: InteractiveShell) -> None:
    """Show DataFrames in this way from now on, in the notebook of that shell."""
    pd.set_option("display.max_colwidth", LONGEST_TEXT)
    pd.set_option("display.max_columns", None)
    formatters = shell.display_formatter.formatters  # type: ignore[union-attr]
    formatters["text/html"].for_type(pd.DataFrame, as_html)


def as_html(frame: pd.DataFrame) -> str:
    """The frame as pandas writes it, its columns of text (and their heads) at the left."""
    page = frame._repr_html_()
    if frame.index.nlevels > 1 or frame.columns.nlevels > 1:  # a cell may span several rows
        return page
    columns = [frame.index, *(frame.iloc[:, place] for place in range(frame.shape[1]))]
    is_text = [pd.api.types.infer_dtype(column, skipna=True) == "string" for column in columns]

    def row(found: re.Match) -> str:
        places = iter(is_text)
        return CELL.sub(
            lambda cell: cell[0] + AT_THE_LEFT * next(places, False),
            found[0],
        )

    return ROW.sub(row, page)
