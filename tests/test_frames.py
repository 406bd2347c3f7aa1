"""Tables in a notebook: texts stand at the left, and whole; numbers at the right."""

import re
from types import SimpleNamespace

import pandas as pd
import pytest
from IPython.core.formatters import DisplayFormatter

from course import frames

SENTENCE = "timestamp 1707081588 is before 1995: seconds instead of milliseconds"


def cells(page):
    """The cells of a table by what stands in them: whether each is at the left."""
    found = re.findall(r"<t[dh]([^>]*)>(.*?)</t[dh]>", page)
    return {text: "text-align: left" in attributes for attributes, text in found if text}


@pytest.mark.parametrize(
    ("values", "at_the_left"),
    [
        (["dim_products", "fct_reviews"], True),
        (["dim_products", None], True),
        ([1, 2], False),
        ([1.5, None], False),
        ([True, False], False),
        ([None, None], False),
        (pd.to_datetime(["2025-01-01", "2025-01-02"]), False),
        (["<b>", "<td>"], True),
    ],
)
def test_a_column_of_texts_and_its_head_stand_at_the_left(values, at_the_left):
    frame = pd.DataFrame({"row": [10, 20], "value": values, "after": [30, 40]})
    found = cells(frames.as_html(frame))
    assert found.pop("value") == at_the_left
    others = {text: found.pop(text) for text in ("row", "after", "0", "1", "10", "20", "30", "40")}
    assert not any(others.values())
    assert found and set(found.values()) == {at_the_left}


def test_names_in_the_index_stand_at_the_left():
    found = cells(frames.as_html(pd.DataFrame({"rows": [1]}, index=["fct_reviews"])))
    assert found == {"rows": False, "fct_reviews": True, "1": False}


def test_where_cells_span_rows_the_table_is_as_pandas_writes_it():
    frame = pd.DataFrame({"name": ["x"]}, index=pd.MultiIndex.from_tuples([("a", "b")]))
    assert frames.as_html(frame) == frame._repr_html_()


def test_a_notebook_shows_a_sentence_and_the_last_of_many_columns():
    shell = SimpleNamespace(display_formatter=DisplayFormatter())
    before = [pd.get_option(f"display.{name}") for name in ("max_colwidth", "max_columns")]
    try:
        frames.dress(shell)
        frame = pd.DataFrame([[SENTENCE, *range(40)]])
        page = shell.display_formatter.format(frame)[0]["text/html"]
    finally:
        pd.set_option("display.max_colwidth", before[0], "display.max_columns", before[1])
    assert f'class="text" style="text-align: left">{SENTENCE}</td>' in page
    assert "<th>40</th>" in page
