"""What learners get is what the solutions give; what instructors show is what the lessons hold."""

import json
import re
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

from course.cli import app
from course.environment import EXERCISES
from course.exercises.exercise_sets import clear, find_sets
from course.exercises.release import release, shape
from course.notebooks import find_lesson
from course.publishing.slides import write_slides


def content(folder: Path) -> dict[str, bytes]:
    files = [
        path
        for path in folder.rglob("*")
        if path.is_file() and ".ipynb_checkpoints" not in path.parts
    ]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_the_exercises_are_what_the_solutions_give(own_state):
    release(own_state / "exercises")
    fresh, stored = content(own_state / "exercises"), content(EXERCISES)
    assert sorted(fresh) == sorted(stored)
    assert [name for name in fresh if fresh[name] != stored[name]] == []


@pytest.mark.parametrize("exercise_set", find_sets(), ids=lambda each: each.name)
def test_an_exercise_shows_no_answer(exercise_set):
    assert sorted(
        path.name
        for path in exercise_set.released.parent.iterdir()
        if not path.name.startswith(".")
    ) == [exercise_set.source.name]
    cells = {
        cell["id"]: cell
        for cell in json.loads(exercise_set.released.read_text(encoding="utf-8"))["cells"]
    }
    solved = {
        cell["id"]: "".join(cell["source"])
        for cell in json.loads(exercise_set.source.read_text(encoding="utf-8"))["cells"]
    }
    for name, cell in cells.items():
        assert not cell.get("outputs")
        assert "BEGIN SOLUTION" not in "".join(cell["source"])
        if name.startswith("answer-"):
            assert "".join(cell["source"]).split() == clear(solved[name]).split()
        else:
            assert "".join(cell["source"]).split() == solved[name].split()


@pytest.mark.parametrize("exercise_set", find_sets(), ids=lambda each: each.name)
def test_solutions_are_stored_in_their_one_shape_with_every_check_right(exercise_set):
    stored, shaped = (nbformat.read(exercise_set.source, as_version=4) for _ in range(2))
    shape(shaped, exercise_set)
    assert nbformat.writes(shaped) == nbformat.writes(stored)
    checks = [cell for cell in stored.cells if cell.id.startswith("check-")]
    assert len(checks) == len(exercise_set.exercises)
    for cell in checks:
        assert "**Right.**" in cell.outputs[0].data["text/markdown"], cell.id
    for cell in (cell for cell in stored.cells if cell.cell_type == "code"):
        assert all(o.output_type != "error" and o.get("name") != "stderr" for o in cell.outputs), (
            cell.id
        )


def test_slides_hold_the_lessons_cells_and_fetch_nothing(own_state):
    page = write_slides(find_lesson("05"), own_state)
    text = page.read_text(encoding="utf-8")
    assert (
        re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="(?!reveal\.js/|data:)[^"]+"', text)
        == []
    )
    for script in re.findall(r'(?:src|href)="(reveal\.js/[^"]+)"', text):
        assert (own_state / script).exists(), script
    headings = [
        line[3:]
        for cell in find_lesson("05").read().cells
        for line in cell.source.splitlines()
        if re.match("## ", line)
    ]
    assert len(headings) > 5
    assert all(
        re.search(rf"<h2[^>]*>{re.escape(heading.split('`')[0])}", text) for heading in headings
    )
    assert "full_refresh = False" not in re.sub("<[^>]+>", "", text)
    assert text.count("<section") > len(headings)


def test_the_command_line_renders_slides(own_state):
    outcome = CliRunner().invoke(
        app, ["slides", "00", "--out", str(own_state / "slides")], catch_exceptions=False
    )
    assert outcome.exit_code == 0
    assert (own_state / "slides" / "00_start_here.slides.html").exists()
