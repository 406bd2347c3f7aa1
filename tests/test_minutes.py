"""How long a lesson takes: as long as careful readers took, and never longer than a school hour."""

import nbformat
import pytest

from course.notebooks import find_lesson, find_lessons
from course.publishing.syllabus import SHOWN, estimate, minutes, plans

TIMED = {  # what three lessons held when readers were timed on them, and what they took
    "load with dlt": ((1592, 21, 76, 7), 40),
    "load increments": ((2062, 26, 83, 25), 45),
    "model increments": ((2307, 27, 84, 34), 50),
}


@pytest.mark.parametrize("lesson", TIMED)
def test_the_rates_give_what_readers_took(lesson):
    held, taken = TIMED[lesson]
    assert estimate(*held) == taken


class Small:
    """A lesson of a page: as many words, cells and lines of output as it is told."""

    def __init__(self, words=0, cells=0, lines=0, html="", seconds=0):
        given = nbformat.v4.new_output("stream", text="line\n" * lines) if lines else None
        table = nbformat.v4.new_output("display_data", {"text/html": html, "text/plain": "x\ny"})
        outputs = [given] if given else [table] if html else []
        code = [nbformat.v4.new_code_cell("1", outputs=outputs) for _ in range(cells)]
        text = nbformat.v4.new_markdown_cell("word " * words)
        self.notebook = nbformat.v4.new_notebook(cells=[text, *code])
        self.notebook.metadata["course"] = {"run_seconds": seconds}

    def read(self):
        return self.notebook


def test_words_cells_lines_rows_and_waiting_all_count():
    assert minutes(Small(words=600)) == 5
    assert minutes(Small(words=601)) == 10
    assert minutes(Small(cells=6)) == 5 and minutes(Small(cells=7)) == 10
    assert minutes(Small(cells=1, lines=51)) == 5 and minutes(Small(cells=1, lines=52)) == 10
    assert minutes(Small(cells=1, html="<tr>" * 51)) == 5
    assert minutes(Small(cells=1, html="<tr>" * 52)) == 10
    assert minutes(Small(seconds=300)) == 5 and minutes(Small(seconds=301)) == 10


def test_no_lesson_takes_longer_than_45_minutes():
    assert {each.number: minutes(each) for each in find_lessons() if minutes(each) > 45} == {}


def test_what_is_shown_takes_half_of_what_is_read():
    title = find_lesson("03").title
    parts = plans().split("### ")[1:]
    taken = {
        part.split("\n")[0]: int(part.split(f"| 03 {title} | ")[1].split(" |")[0]) for part in parts
    }
    read = minutes(find_lesson("03"))
    assert all(taken[name] == (read // 2 if name in SHOWN else read) for name in taken)
