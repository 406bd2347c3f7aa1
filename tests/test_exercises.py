"""Every exercise: untouched it counts as not attempted, its solution is right, and each typical
wrong answer gets the hint that fits.
"""

import os
import re
from pathlib import Path

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell

from course.exercises.exercise_sets import find_sets
from course.exercises.practice_room import noted, read_notes
from course.notebooks import find_lessons

SETS = {exercise_set.number: exercise_set for exercise_set in find_sets()}


class Notebook:
    """A set's solutions notebook at work in a shell of this process, cell by cell, with answers put
    in place of the solutions.
    """

    def __init__(self, lesson: str) -> None:
        self.cells = nbformat.read(SETS[lesson].source, as_version=4).cells
        self.shell = InteractiveShell.instance()
        self.shell.reset()
        self.opened: set[int] = set()
        for cell in self.section(None):
            self.run(cell.source)

    def section(self, number: int | None) -> list:
        """The code cells of exercise `number`; with None those before the first exercise."""
        found, current = [], None
        for cell in self.cells:
            heading = re.fullmatch(r"exercise-(\d+)", cell.id)
            current = int(heading[1]) if heading else current
            if current == number and cell.cell_type == "code":
                found.append(cell)
        return found

    def run(self, source: str):
        outcome = self.shell.run_cell(source, store_history=True)
        outcome.raise_error()
        return outcome.result

    def answer(self, number: int, cells) -> object:
        """Run the cells of an answer, and the check; return its verdict. What an exercise gives
        runs before its first answer. A cell that ends in an error does not hold the next one up.
        """
        section = self.section(number)
        for cell in section:
            if number not in self.opened and not cell.id.startswith(("answer-", "check-")):
                self.shell.run_cell(cell.source, store_history=True)
        self.opened.add(number)
        for source in cells:
            self.shell.run_cell(source, store_history=True)
        return self.run(next(cell.source for cell in section if cell.id == f"check-{number}"))


def forget(lesson: str, number: int) -> None:
    """Forget what was noted of an exercise: attempts, hints, verdicts."""
    with noted(lesson, number) as note:
        note.clear()


@pytest.fixture(scope="session")
def shared_state(tmp_path_factory):
    """One data folder for all exercises: they only add to their own targets there."""
    return tmp_path_factory.mktemp("exercises")


@pytest.fixture
def open_set(shared_state, monkeypatch):
    """A function that opens a set's notebook in the shared state."""
    for name in ("items", "reviews", "seed"):
        monkeypatch.delenv(f"MARKETPLACE__{name.upper()}")
    monkeypatch.setenv("COURSE_DATA", str(shared_state / "data"))
    before = Path.cwd()
    yield Notebook
    os.chdir(before)


class OfOneSet:
    """The tests of one set; a class for each, so that sets run side by side."""

    lesson: str

    def test_an_exercise_tells_untouched_wrong_and_right_apart(self, open_set, number):
        notebook, exercise_set = open_set(self.lesson), SETS[self.lesson]
        exercise = exercise_set.exercises[number]
        untouched = notebook.answer(number, exercise.stubs)
        counts = exercise_set.checks[number].starter_counts
        assert untouched.state == ("not yet" if counts else "not attempted"), untouched.text
        for wrong in exercise_set.answers("wrong", number):
            forget(self.lesson, number)  # each answer is somebody's first
            verdict = notebook.answer(number, wrong.cells)
            said = f"{wrong.path.name}: {verdict.text}"
            assert verdict.state == "not yet", said
            assert wrong.hint in verdict.hint, said
            assert wrong.error in verdict.text, said
            if self.lesson <= "05":  # no general hint, which need not fit
                assert "rung" not in read_notes()[exercise.key], said
            if wrong.error:  # an error is told, and no hint that is not about it
                assert "stops with an error" in verdict.text, said
                assert bool(verdict.hint) == bool(wrong.hint), said
                assert "rung" not in read_notes()[exercise.key], said
        for right in exercise_set.answers("right", number):
            verdict = notebook.answer(number, right.cells)
            assert verdict.state == "right", f"{right.path.name}: {verdict.text}"
        solved = notebook.answer(number, exercise.answers)
        assert solved.state == "right", solved.text
        assert exercise_set.checks[number].takeaway in solved.text

    def test_an_exercise_has_all_its_parts(self, number):
        exercise, check = SETS[self.lesson].exercises[number], SETS[self.lesson].checks[number]
        wrong = SETS[self.lesson].answers("wrong", number)
        right = SETS[self.lesson].answers("right", number)
        assert len(wrong) >= 3
        assert len(right) >= 2
        assert all(answer.remark and (answer.hint or answer.error) for answer in wrong)
        assert all(answer.remark and not answer.hint and not answer.error for answer in right)
        assert len(set(check.hints)) == 3
        assert exercise.answers and exercise.minutes > 0
        assert all("BEGIN SOLUTION" in source for source in exercise.answers)
        assert check.judge.__doc__

    def test_an_exercises_goal_is_one_that_the_lesson_names(self, number):
        lesson = next((each for each in find_lessons() if each.number == self.lesson), None)
        if lesson:
            opening = " ".join(lesson.read().cells[0].source.split())
            assert f"- {SETS[self.lesson].exercises[number].goal}" in opening


for _lesson in SETS:
    globals()[f"TestExercises{_lesson}"] = type(
        f"TestExercises{_lesson}", (OfOneSet,), {"lesson": _lesson}
    )


def pytest_generate_tests(metafunc):
    if "number" in metafunc.fixturenames:
        # the answers of two sets are tried at once, those of the others with --all
        slow = "open_set" in metafunc.fixturenames and metafunc.cls.lesson > "02"
        marks = [pytest.mark.slow] if slow else []
        numbers = SETS[metafunc.cls.lesson].exercises
        metafunc.parametrize("number", [pytest.param(number, marks=marks) for number in numbers])


def test_there_are_thirty_exercises_and_three_for_each_lesson():
    assert sum(len(exercise_set.exercises) for exercise_set in SETS.values()) >= 30
    assert all(len(SETS[f"{lesson:02}"].exercises) >= 3 for lesson in range(1, 10))
