"""A learner's work is safe: lessons and exercises are copied once, brought up to date while
untouched, never overwritten.
"""

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request

import psutil
import pytest
from typer.testing import CliRunner

from course.cli import app
from course.environment import settings
from course.exercises import my_work
from course.exercises.exercise_sets import find_sets
from course.exercises.practice_room import noted
from course.notebooks import find_lessons
from dlt_pipelines.amazon_products_pipeline import find_target
from dlt_pipelines.errors import PipelineError


@pytest.fixture
def lesson(own_state):
    """A lesson in a repository of its own, copied into my_work: a function that publishes a text,
    and the learner's copy.
    """
    root = own_state / "repository"
    published = root / "notebooks" / "01_x.ipynb"
    published.parent.mkdir(parents=True)

    def publish(text: str):
        published.write_text(text, encoding="utf-8")
        my_work.copy([published], root)

    publish("first edition")
    return publish, settings().my_work / "notebooks" / "01_x.ipynb"


def test_all_lessons_and_exercises_are_copied(own_state):
    folder = my_work.copy_course()
    assert folder == settings().my_work
    for path in [each.path for each in find_lessons()] + [each.released for each in find_sets()]:
        assert (
            folder / path.relative_to(path.parents[1 if path.parent.name == "notebooks" else 2])
        ).read_bytes() == path.read_bytes()


def test_an_untouched_copy_is_brought_up_to_date(lesson):
    publish, mine = lesson
    publish("second edition")
    assert mine.read_text(encoding="utf-8") == "second edition"


def test_a_copy_that_was_worked_in_is_kept_and_each_newer_one_lies_beside_it(lesson):
    publish, mine = lesson
    mine.write_text("my own notes", encoding="utf-8")
    publish("first edition")
    assert not mine.with_suffix(".new.ipynb").exists()
    publish("second edition")
    mine.with_suffix(".new.ipynb").write_text("notes in the newer one", encoding="utf-8")
    publish("third edition")
    assert mine.read_text(encoding="utf-8") == "my own notes"
    assert mine.with_suffix(".new.ipynb").read_text(encoding="utf-8") == "notes in the newer one"
    assert mine.with_suffix(".new2.ipynb").read_text(encoding="utf-8") == "third edition"


def notebook(*sources: str, output: str = "", **metadata) -> str:
    """A notebook's text: cells of code, each with an output where one is given."""
    outputs = [{"output_type": "stream", "name": "stdout", "text": [output]}] if output else []
    cells = [
        {"cell_type": "code", "id": f"c{number}", "source": source, "outputs": outputs}
        for number, source in enumerate(sources)
    ]
    return json.dumps({"cells": cells, "metadata": metadata})


def kept_files() -> list[str]:
    return [path.read_text(encoding="utf-8") for path in settings().my_work.glob("kept/**/*.ipynb")]


@pytest.mark.parametrize(
    "mine",
    [
        notebook("a", "b", output="seen"),
        notebook("a", "b", kernelspec={"name": "python3"}),
        notebook("a", "b", "", output="the cell that running the last one adds"),
        notebook("a", ["b"], output="JupyterLab writes lines"),
    ],
    ids=["outputs", "metadata", "an empty cell", "lines"],
)
def test_a_copy_that_was_only_opened_and_run_gives_way_to_a_newer_one_and_is_kept(lesson, mine):
    publish, copy = lesson
    publish(notebook("a", "b"))
    copy.write_text(mine, encoding="utf-8")
    publish(notebook("a", "b"))
    assert copy.read_text(encoding="utf-8") == mine and kept_files() == []
    publish(notebook("a", "c"))
    assert copy.read_text(encoding="utf-8") == notebook("a", "c")
    assert not copy.with_suffix(".new.ipynb").exists()
    assert kept_files() == [mine]


@pytest.mark.parametrize(
    "mine",
    [notebook("a", "b # mine"), notebook("a", "b", "mine"), notebook("a"), notebook("b", "a")],
    ids=["changed", "added", "deleted", "moved"],
)
def test_a_copy_in_which_a_cell_differs_stays_and_only_other_cells_are_newer(lesson, mine):
    publish, copy = lesson
    publish(notebook("a", "b"))
    copy.write_text(mine, encoding="utf-8")
    publish(notebook("a", "b", output="executed anew"))
    assert not copy.with_suffix(".new.ipynb").exists()
    publish(notebook("a", "c"))
    assert copy.with_suffix(".new.ipynb").read_text(encoding="utf-8") == notebook("a", "c")
    copy.with_suffix(".new.ipynb").write_text(notebook("a", "c", output="x"), encoding="utf-8")
    publish(notebook("a", "d"))
    assert copy.with_suffix(".new.ipynb").read_text(encoding="utf-8") == notebook("a", "d")
    assert not copy.with_suffix(".new2.ipynb").exists()
    assert copy.read_text(encoding="utf-8") == mine and kept_files() == []


def test_a_ledger_of_an_older_course_is_understood(lesson):
    publish, copy = lesson
    publish(notebook("a"))
    ledger = settings().my_work / ".copied.json"
    older = {name: mark.split(":")[0] for name, mark in json.loads(ledger.read_text()).items()}
    ledger.write_text(json.dumps(older), encoding="utf-8")
    copy.write_text(notebook("mine"), encoding="utf-8")
    publish(notebook("a"))
    assert not copy.with_suffix(".new.ipynb").exists()
    ledger.write_text(json.dumps(older), encoding="utf-8")
    copy.write_text(notebook("a"), encoding="utf-8")
    publish(notebook("b"))
    assert copy.read_text(encoding="utf-8") == notebook("b") and kept_files() == []


def test_exercises_that_were_only_run_are_brought_up_to_date_too(own_state, monkeypatch):
    path, _ = my_work.start("05")
    released = path.read_text(encoding="utf-8")
    cells = json.loads(released)
    for cell in cells["cells"]:
        if cell["cell_type"] == "code":
            cell["execution_count"] = 3
    path.write_text(json.dumps(cells), encoding="utf-8")
    before = path.read_text(encoding="utf-8")
    assert my_work.start("05") == (path, False)
    assert path.read_text(encoding="utf-8") == before
    source = own_state / "repository" / path.relative_to(settings().my_work)
    source.parent.mkdir(parents=True)
    source.write_text(released.replace("## 1. ", "## 1. Newly: "), encoding="utf-8")
    my_work.copy([source], own_state / "repository")
    assert path.read_text(encoding="utf-8") == source.read_text(encoding="utf-8")
    assert kept_files() == [before]


def test_starting_twice_leaves_the_learners_answers_alone(own_state):
    notebook, is_new = my_work.start("5")
    assert is_new
    notebook.write_text("my answers", encoding="utf-8")
    assert my_work.start("05") == (notebook, False)
    assert notebook.read_text(encoding="utf-8") == "my answers"


def test_reset_begins_anew_and_keeps_everything(own_state):
    notebook, _ = my_work.start("05")
    notebook.write_text("my answers", encoding="utf-8")
    model = notebook.parent / "dbt" / "models" / "mine.sql"
    model.parent.mkdir(parents=True)
    model.write_text("select 1", encoding="utf-8")
    with noted("05", 1) as note:
        note["state"] = "right"
    with noted("07", 1) as note:
        note["state"] = "not yet"
    built = find_target("exercises-05").folder
    built.mkdir(parents=True)
    kept = my_work.reset("05")
    assert (kept / notebook.relative_to(settings().my_work)).read_text(
        encoding="utf-8"
    ) == "my answers"
    assert (kept / model.relative_to(settings().my_work)).read_text(encoding="utf-8") == "select 1"
    assert json.loads((kept / "progress.json").read_text(encoding="utf-8")) == {
        "05-1": {"state": "right"}
    }
    assert (
        notebook.read_bytes()
        == next(each for each in find_sets() if each.number == "05").released.read_bytes()
    )
    assert not model.exists() and not built.exists()
    standing = {each.number: exercises for each, exercises in my_work.progress()}
    assert standing["05"][0][2] == {}
    assert standing["07"][0][2] == {"state": "not yet"}
    assert my_work.reset("05") != kept


def test_there_is_nothing_to_reset_where_nothing_was_started(own_state):
    with pytest.raises(PipelineError, match="no work on lesson 05"):
        my_work.reset("05")


def test_the_command_line_starts_resets_and_shows_progress(own_state):
    def told(*arguments: str) -> str:
        outcome = CliRunner().invoke(app, arguments, catch_exceptions=False)
        assert outcome.exit_code == 0
        return " ".join(outcome.output.split())

    assert "05_exercises.ipynb is there now" in told("start", "05")
    assert "is there already, with your work" in told("start", "05")
    with noted("05", 1) as note:
        note |= {"state": "right", "attempts": 3, "hints": 2, "seen_before": True}
    with noted("05", 2) as note:  # looked afterwards
        note |= {"state": "right", "attempts": 1, "solution_seen": True, "seen_before": False}
    shown = told("progress")
    assert "✓ right (solution seen) 3 2" in shown
    assert "✓ right 1" in shown
    assert "2 of" in shown
    assert "Lesson 05 is new again. What was there lies in" in told("reset", "05")
    assert "0 of" in told("progress")


def test_progress_shows_titles_whole(own_state, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    printed = CliRunner().invoke(app, ["progress"], catch_exceptions=False).output
    assert "…" not in printed
    words = set(printed.split())
    for exercise_set in find_sets():
        for exercise in exercise_set.exercises.values():
            assert set(exercise.title.split()) <= words, exercise.title


def test_jupyterlab_opens_on_loopback_with_a_token_on_the_copy(own_state):
    log = own_state / "lab.log"
    with log.open("w") as told:
        server = subprocess.Popen(
            [sys.executable, "-m", "course.cli", "lab", "--no-browser"], stdout=told, stderr=told
        )
    try:
        for _ in range(120):
            found = re.search(
                r"http://127\.0\.0\.1:(\d+)/lab/tree/(\S+)\?token=(\w+)", log.read_text()
            )
            if found or server.poll() is not None:
                break
            time.sleep(0.5)
        assert found, log.read_text()
        port, opened, token = found.groups()
        assert opened == f"notebooks/{find_lessons()[0].path.name}"
        contents = f"http://127.0.0.1:{port}/api/contents/{opened}"
        assert urllib.request.urlopen(f"{contents}?token={token}").status == 200
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(contents)
        assert refused.value.code == 403
        addresses = {
            c.laddr.ip
            for c in psutil.Process(server.pid).net_connections("tcp")
            if c.status == psutil.CONN_LISTEN
        }
        assert addresses == {"127.0.0.1"}
    finally:
        server.terminate()
        server.wait(30)
