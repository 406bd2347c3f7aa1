"""Every exercise: untouched it counts as not attempted, its solution is right, and each typical
wrong answer gets the hint that fits.
"""

import os
import re
from pathlib import Path

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell

from course.exercises.exercise_sets import clear, find_sets
from course.exercises.practice_room import noted
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

    def answer(self, number: int, change) -> object:
        """Run the cells of an exercise, its answer cells changed by `change(sources)`; return the
        check's verdict.
        """
        section = self.section(number)
        answers = [cell.source for cell in section if cell.id.startswith("answer-")]
        changed, placed = change(answers), False
        verdict = None
        for cell in section:
            if cell.id.startswith("answer-"):
                for source in changed if not placed else []:
                    self.run(source)
                placed = True
            elif cell.id == f"check-{number}":
                verdict = self.run(cell.source)
            else:
                self.run(cell.source)
        return verdict


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
        notebook = open_set(self.lesson)
        exercise_set = SETS[self.lesson]
        untouched = notebook.answer(number, lambda answers: [clear(source) for source in answers])
        assert untouched.state == "not attempted", untouched.text
        for wrong in exercise_set.answers("wrong", number):
            forget(self.lesson, number)  # each answer is somebody's first
            verdict = notebook.answer(number, lambda _, wrong=wrong: wrong.cells)
            assert verdict.state == "not yet", f"{wrong.path.name}: {verdict.text}"
            assert wrong.hint in verdict.hint, f"{wrong.path.name}: {verdict.text}"
        for right in exercise_set.answers("right", number):
            verdict = notebook.answer(number, lambda _, right=right: right.cells)
            assert verdict.state == "right", f"{right.path.name}: {verdict.text}"
        solved = notebook.answer(number, lambda answers: answers)
        assert solved.state == "right", solved.text
        assert exercise_set.checks[number].takeaway in solved.text

    def test_an_exercise_has_all_its_parts(self, number):
        exercise, check = SETS[self.lesson].exercises[number], SETS[self.lesson].checks[number]
        wrong = SETS[self.lesson].answers("wrong", number)
        assert len(wrong) >= 2
        assert all(answer.remark and answer.hint for answer in wrong)
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
        metafunc.parametrize("number", list(SETS[metafunc.cls.lesson].exercises))


def test_there_are_thirty_exercises_and_three_for_each_lesson():
    assert sum(len(exercise_set.exercises) for exercise_set in SETS.values()) >= 30
    assert all(len(SETS[f"{lesson:02}"].exercises) >= 3 for lesson in range(1, 10))
