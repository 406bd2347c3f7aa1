"""What a verdict says: an answer's own error first, values as people write them, and each state
with a sign of its own.
"""

import json
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

from course.checks import (
    Check,
    NotYet,
    Stopped,
    counted,
    kind,
    need_columns,
    need_text,
    same_rows,
    shown,
)
from course.exercises import practice_room
from course.exercises.exercise_sets import ExerciseSet, find_sets
from course.exercises.own_errors import old_words
from course.exercises.practice_room import Practice, noted, read_notes
from course.exercises.verdicts import SIGNS, STATES
from dlt_pipelines.errors import PipelineError

ANSWER = '''def double(number):
    """Twice the number."""
    ...
    ### BEGIN SOLUTION
    return 2 * number
    ### END SOLUTION
'''
MODEL = """%%writefile dbt/models/marts/m.yml
# your YAML
# BEGIN SOLUTION
models: []
# END SOLUTION
"""


def judge(practice, double):
    """Wants 4 for 2."""
    if double(2) != 4:
        raise NotYet("4", shown(double(2)))


@pytest.fixture
def shell():
    shell = InteractiveShell.instance()
    shell.reset()
    return shell


@pytest.fixture
def room(own_state, monkeypatch, shell):
    """A set of two exercises, a function and a file, in a notebook; `room.run` runs a cell."""
    folder = own_state / "solutions" / "77_small"
    folder.mkdir(parents=True)
    cells = []
    for number, source in ((1, ANSWER), (2, MODEL)):
        head = f"## {number}. Title\n\n*Goal: do it. 1 minutes.*\n"
        cells += [{"id": f"exercise-{number}", "source": head}]
        cells += [{"id": f"answer-{number}", "source": source}]
    (folder / "77_exercises.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    exercise_set = ExerciseSet(folder)
    hints = ("one", "two", "three")
    checks = {1: Check(judge, hints, "Well."), 2: Check(lambda _: None, hints, "Written.")}
    monkeypatch.setattr(ExerciseSet, "checks", checks)
    monkeypatch.setattr(practice_room, "find_set", lambda number: exercise_set)
    practice = Practice("77", "marketplace", "", "exercises-77", "", False)
    practice_room.watch_cells(shell)
    shell.user_ns["practice"] = practice
    return practice


def checked(shell, answer: str, number: int = 1):
    shell.run_cell(answer, store_history=True)
    outcome = shell.run_cell("practice.check(1, double)" if number == 1 else "practice.check(2)")
    outcome.raise_error()
    return outcome.result


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("def double(number):\n    return twice(number)", "NameError: name 'twice' is not defined"),
        ("def double(number):\n    return number['a']", "TypeError: 'int' object"),
        ("def double(number):\n    raise ValueError('no')", "ValueError: no"),
        ("def double(number):\n    return duckdb.sql('selct 1')", "Parser Error: syntax error"),
    ],
)
def test_an_error_is_told_first_by_its_line_and_costs_no_hint(room, shell, answer, says):
    shell.run_cell("import duckdb")
    for _ in range(3):
        verdict = checked(shell, answer)
        assert verdict.state == "not yet" and verdict.hint == ""
        assert says in verdict.text
        assert f"line 2 of your cell: {answer.splitlines()[1].strip()}" in verdict.text
    assert checked(shell, "def double(number):\n    return 5").hint == "one"


def test_a_cell_that_did_not_run_is_judged_by_its_error_not_by_what_stood_there_before(room, shell):
    checked(shell, "def double(number):\n    return 2 * number")
    verdict = checked(shell, "def double(number):\n    return 2 * * number")
    assert verdict.state == "not yet"
    assert "SyntaxError: invalid syntax" in verdict.text
    assert "line 2 of your cell: return 2 * * number" in verdict.text
    assert checked(shell, "double(1 / 0)").state == "not yet"  # another cell changes nothing
    assert checked(shell, "def double(number):\n    return number + number").state == "right"
    assert checked(shell, "1 / 0").state == "right"


def test_what_a_check_raises_from_an_error_is_told_as_that_error(room, monkeypatch):
    def raises(practice):
        try:
            raise PipelineError("dbt stopped", cause="", fix="", faq="dbt-stopped")
        except PipelineError as error:
            raise NotYet("a model that runs", "it does not") from error

    (room.folder / "dbt/models/marts").mkdir(parents=True)
    (room.folder / "dbt/models/marts/m.yml").write_text("models: [x]")
    monkeypatch.setitem(room.set.checks, 2, Check(raises, ("one", "two", "three"), ""))
    for _ in range(2):
        verdict = room.check(2)
        assert "dbt stopped" in verdict.text and verdict.hint == ""


def test_an_error_that_the_check_knows_better_has_its_hint_beside_it(room, monkeypatch):
    def raises(practice, double):
        raise Stopped(KeyError("rating"), "Not every review has every field.")

    monkeypatch.setitem(room.set.checks, 1, Check(raises, ("one", "two", "three"), ""))
    verdict = room.check(1, 5)
    assert "KeyError: 'rating'" in verdict.text
    assert verdict.hint == "Not every review has every field." and verdict.hint in verdict.text


def test_an_old_name_in_yaml_is_right_with_a_word(room):
    file = room.folder / "dbt/models/marts/m.yml"
    file.parent.mkdir(parents=True)
    for key, is_told in (("tests", True), ("data_tests", False)):
        file.write_text(f"models:\n  - name: m\n    columns: [{{name: a, {key}: [unique]}}]\n")
        verdict = room.check(2)
        assert verdict.state == "right"
        assert ("write `data_tests:`" in verdict.text) == is_told
    assert old_words(["select 1", "a: [", "tests: 4"]) and not old_words(["select 'tests:' as a"])


def test_only_hints_that_were_asked_for_are_counted(room):
    assert room.check(1, lambda number: 5).hint == "one"
    assert read_notes()["77-1"].get("hints", 0) == 0
    assert [room.hint(1).hint for _ in range(4)] == ["two", "three", "three", "three"]
    assert read_notes()["77-1"]["hints"] == 2
    with noted("77", 2) as note:  # from before the two were told apart
        note["hints"] = 2
    assert room.hint(2).hint == "three"


def test_progress_knows_who_looked_before_being_right(room):
    room.check(1, lambda number: 5)
    room.solution(1)
    room.check(1, lambda number: 4)
    assert read_notes()["77-1"]["seen_before"]
    with noted("77", 1) as note:
        note.clear()
    room.check(1, lambda number: 4)
    room.solution(1)
    room.check(1, lambda number: 4)
    assert not read_notes()["77-1"]["seen_before"]


def test_a_part_that_is_as_it_was_given_is_named(room, monkeypatch):
    monkeypatch.setattr(practice_room, "_is_attempted", lambda answer, stubs: answer != "stub")
    verdict = room.check(1, 4, "stub")
    assert "part 2 is as it was given" in verdict.text and "part 2" in verdict.hint


def test_states_differ_by_a_sign_and_by_a_colour_that_can_be_read():
    def light(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    assert set(SIGNS) == set(STATES)
    assert len({sign for sign, _ in SIGNS.values()}) == 3
    assert all(1.05 / (light(colour) + 0.05) > 4.5 for _, colour in SIGNS.values())


@pytest.mark.parametrize("exercise_set", find_sets(), ids=lambda each: each.number)
def test_a_solution_is_printed_without_leftovers(exercise_set):
    for exercise in exercise_set.exercises.values():
        lines = [line.strip() for line in exercise.solution.splitlines()]
        assert not {"...", "-- your model", "# your YAML", "# your snapshot"} & set(lines)
        assert not any(line.endswith("= ...") or "SOLUTION" in line for line in lines)
        made = [line for line in lines if line.startswith("def ")]
        assert len(made) == len(set(made)), exercise.key  # a function is not there twice


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (491.0, "491"),
        (1.2096e6, "1,209,600"),
        (np.int64(36815), "36,815"),
        (2024, "2024"),
        (4.1600000001, "4.16"),
        (Decimal("19.90"), "19.9"),
        (True, "true"),
        (np.nan, "null"),
        (None, "null"),
        (pd.NaT, "null"),
        (pd.Timestamp("2025-03-01"), "2025-03-01"),
        ([1.0, None], "[1, null]"),
        ("", "an empty text"),
        (float("inf"), "inf"),
        ({"a": 2.0}, "a: 2"),
    ],
)
def test_a_value_is_shown_as_people_write_it(value, text):
    assert shown(value) == text


def test_a_kind_has_its_article():
    assert [kind(each) for each in (5, None, "x", [], {})] == [
        "an int", "nothing", "a text", "a list", "a dict",
    ]  # fmt: skip


def test_a_noun_follows_its_number():
    assert [counted(n, "row") for n in (0, 1, 12345)] == ["0 rows", "1 row", "12,345 rows"]
    assert counted(2, "category") == "2 categories" and counted(2.0, "day") == "2 days"


@pytest.mark.parametrize(
    ("found", "hint"),
    [
        (
            {"a": [1, 2], "n": [3, 9], "m": [5, 6]},
            "Look at how you make `n`; `a` and `m` are right.",
        ),
        ({"a": [1, 2], "n": [4, 3], "m": [5, 6]}, "not in the right rows"),
        ({"a": [1], "n": [3], "m": [5]}, "A row that is missing: a = 2, n = 4, m = 6."),
        ({"a": [1, 2, 2], "n": [3, 4, 4], "m": [5, 6, 6]}, "should not be there: a = 2, n = 4"),
        ({"a": [1, 2], "n": [3, 4]}, "Missing: m."),
        ({"a": [1, 2], "n": [3, 4], "M": [5, 6], "x": [0, 0]}, "Too many: x."),
    ],
)
def test_without_a_hint_of_its_own_a_difference_says_where_to_look(found, hint):
    expected = pd.DataFrame({"a": [1, 2], "n": [3, 4], "m": [5, 6]})
    with pytest.raises(NotYet) as caught:
        same_rows(pd.DataFrame(found), expected)
    assert hint in caught.value.hint
    same_rows(expected[["m", "a", "n"]].iloc[::-1].rename(columns=str.upper), expected)


def test_the_number_of_rows_and_a_wrong_type_are_in_plain_words():
    with pytest.raises(NotYet, match="expected 2 rows; found 1 row"):
        same_rows(pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1, 1]}))
    with pytest.raises(NotYet, match="found an int"):
        need_text(5)
    with pytest.raises(NotYet) as caught:
        need_columns(pd.DataFrame(columns=["A", "a"]), "a")
    assert "each once" in caught.value.hint
