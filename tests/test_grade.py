"""Grading: a table for all, whatever single submissions do, and nothing changed outside the grading
folder.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pandas as pd
import pytest

from course.checks import NotYet
from course.environment import ROOT
from course.exercises.class_summary import read_progress, summary
from course.exercises.exercise_sets import ExerciseSet, find_set
from course.exercises.grade import find_submission, grade
from course.exercises.practice_room import practice, read_notes
from course.exercises.submissions import find_submissions
from dlt_pipelines.errors import PipelineError

SET = find_set("01")
BAD = {
    "endless": "while True:\n    pass",
    "exits": "import os\n\nos._exit(3)",
    "stray": "from pathlib import Path\n\nPath('../../stray.txt').write_text('mine')",
}


def hand_in(
    folder: Path, learner: str, answers: dict[str, str] | None = None, solved: bool = True
) -> Path:
    """A learner's my_work with the set: solved, or as released; `answers` are put in front of
    answer cells by id.
    """
    place = folder / learner / "exercises" / SET.name
    place.mkdir(parents=True)
    notebook = json.loads((SET.source if solved else SET.released).read_text(encoding="utf-8"))
    released = {
        cell["id"]: cell for cell in json.loads(SET.released.read_text(encoding="utf-8"))["cells"]
    }
    for cell in notebook["cells"]:
        cell["metadata"] = released[cell["id"]]["metadata"]
        if cell["id"] in (answers or {}):
            cell["source"] = answers[cell["id"]] + "\n\n" + "".join(cell["source"])
    path = place / SET.source.name
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def tracked() -> dict[str, bytes]:
    files = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return {name: (ROOT / name).read_bytes() for name in files if (ROOT / name).is_file()}


def test_right_untouched_missing_and_broken_submissions_are_told_apart(tmp_path):
    submissions = tmp_path / "submissions"
    hand_in(submissions, "ada")
    hand_in(submissions, "ben", solved=False)
    hand_in(submissions, "cleo").write_text("this is a letter", encoding="utf-8")
    (submissions / "dan").mkdir()
    table = grade(submissions, [SET], tmp_path / "out").set_index("learner")
    count = len(SET.exercises)
    assert list(table.points) == [count, 0, 0, 0]
    assert (
        list(table.loc["ada"][[exercise.key for exercise in SET.exercises.values()]]) == [1] * count
    )
    assert (
        list(table.loc["ben"][[exercise.key for exercise in SET.exercises.values()]]) == [0] * count
    )
    assert list(table.remarks) == ["", "", "01 not a notebook", "01 not handed in"]
    assert "<td>cleo</td>" in (tmp_path / "out" / "grades.html").read_text(encoding="utf-8")
    assert (tmp_path / "out" / "grades.csv").read_text(encoding="utf-8").count("\n") == 5
    assert (tmp_path / "out" / "ada" / SET.source.name).exists()


def write_progress(folder: Path, learner: str, notes: object) -> None:
    (folder / learner).mkdir(parents=True, exist_ok=True)
    (folder / learner / "progress.json").write_text(json.dumps(notes), encoding="utf-8")


def test_a_class_is_summed_up(tmp_path):
    """Attempts and hints from the learners' notes; wrong answers from these and from the checks."""
    first, second, *_ = SET.exercises.values()
    for learner, notes in {
        "ada": {first.key: {"attempts": 5, "hints": 2, "met": {"Count **rows**.": 3}}},
        "ben": {
            first.key: {"attempts": 2, "solution_seen": True, "met": {"Count **rows**.": 1}},
            second.key: {"attempts": 1, "hints": 0},
        },
        "cleo": {first.key: {"attempts": -3, "hints": "many", "met": ["x"]}, second.key: 7},
        "dan": [1, 2],
    }.items():
        write_progress(tmp_path, learner, notes)
    submissions = find_submissions(tmp_path)
    progress = {each.learner: read_progress(each) for each in submissions}
    said = {
        "cleo": {
            first.key: "Not yet.\nExpected: 3\nFound: 4\nHint: Count rows.\nMore: practice.hint(1)"
        },
        "dan": {second.key: "Not yet.\nFound: NameError: name 'x' is not defined"},
    }
    points = pd.DataFrame(
        {key: [1, 0, 0, None] for key in (each.key for each in SET.exercises.values())}
    )
    table, wrong = summary(progress, said, points, [SET])
    assert list(table.exercise)[:2] == [first.key, second.key]
    assert list(table.iloc[0])[2:] == [3, 1, 3.5, 1.0, 1]
    assert list(table.iloc[1])[2:6] == [3, 1, 1.0, 0.0]
    assert table.attempts.isna().sum() == len(SET.exercises) - 2
    assert [tuple(row) for row in wrong.to_numpy()] == [
        (first.key, first.title, 3, "Count rows."),
        (second.key, second.title, 1, "NameError: name 'x' is not defined"),
    ]


def test_what_a_check_tells_is_noted_for_the_class(own_state, monkeypatch):
    room, number = practice(SET.number), next(iter(SET.exercises))
    refuse = Mock(side_effect=[NotYet("a", "b", hint) for hint in ("One.", "Two.", "One.")])
    checks = {number: replace(SET.checks[number], judge=refuse)}
    monkeypatch.setattr(ExerciseSet, "checks", checks)
    for _ in range(3):
        room.check(number, object())
    assert read_notes()[SET.exercises[number].key]["met"] == {"One.": 2, "Two.": 1}


CHECKS = """
from course.checks import Check, NotYet

NEEDS = "nothing"


def judge(practice, *answers):
    raise NotYet("what only this check knows", "your answer", "Hidden, said the check.")


CHECKS = {number: Check(judge, ("a", "b", "c"), "Well done.") for number in range(1, 20)}
"""


def test_checks_from_elsewhere_judge_and_no_others(tmp_path):
    checks = tmp_path / "checks"
    (checks / SET.name).mkdir(parents=True)
    (checks / SET.name / "checks.py").write_text(CHECKS, encoding="utf-8")
    submissions = tmp_path / "submissions"
    hand_in(submissions, "ada")
    write_progress(submissions, "ada", {})
    table = grade(submissions, [SET], tmp_path / "out", checks=checks)
    assert list(table.points) == [0]
    wrong = pd.read_csv(tmp_path / "out" / "wrong_answers.csv")
    assert set(wrong.met) == {"Hidden, said the check."} and len(wrong) == len(SET.exercises)
    page = (tmp_path / "out" / "grades.html").read_text(encoding="utf-8")
    assert "<h2>Exercises</h2>" in page and "Hidden, said the check." in page
    assert list(pd.read_csv(tmp_path / "out" / "class.csv").right) == [0] * len(SET.exercises)


@pytest.mark.parametrize(
    "text, missing",
    [
        (None, SET.name),
        ("import no_such_module", SET.name),
        ("CHECKS, NEEDS = {}, 'raw'", f"{SET.number}-1, {SET.number}-2"),
        (CHECKS.replace("range(1, 20)", "range(2, 20)"), f"{SET.number}-1 in"),
        (CHECKS.replace("NEEDS", "WANTS"), SET.name),
    ],
)
def test_a_folder_without_the_checks_of_a_set_is_an_error(tmp_path, text, missing):
    checks, submissions = tmp_path / "checks", tmp_path / "submissions"
    hand_in(submissions, "ada")
    (checks / SET.name).mkdir(parents=True)
    if text is not None:
        (checks / SET.name / "checks.py").write_text(text, encoding="utf-8")
    with pytest.raises(PipelineError, match=f"no checks for {missing}") as error:
        grade(submissions, [SET], tmp_path / "out", checks=checks)
    assert error.value.faq == "no-hidden-checks" and not (tmp_path / "out").exists()


@pytest.mark.slow
def test_thirty_submissions_of_which_three_are_bad_give_a_full_table(tmp_path):
    submissions = tmp_path / "submissions"
    for number in range(27):
        hand_in(submissions, f"learner-{number:02}")
    for name, code in BAD.items():
        hand_in(submissions, name, {"answer-2": code})
    before, given = (
        tracked(),
        {path: path.read_bytes() for path in submissions.rglob("*") if path.is_file()},
    )
    command = [
        sys.executable,
        "-m",
        "course.cli",
        "grade",
        str(submissions),
        "--lesson",
        "01",
        "--out",
        str(tmp_path / "out"),
        "--timeout",
        "20",
    ]
    told = subprocess.run(command, capture_output=True, text=True, env=os.environ)
    assert told.returncode == 0, told.stderr
    table = (
        pd.read_csv(tmp_path / "out" / "grades.csv").set_index("learner").fillna({"remarks": ""})
    )
    count = len(SET.exercises)
    assert len(table) == 30
    good = table[table.index.str.startswith("learner-")]
    assert (good.points == count).all() and (good.remarks == "").all()
    assert table.remarks["endless"] == "01 hung in answer-2: interrupted after 20 s"
    assert table.points["endless"] == count - 1
    assert table.remarks["exits"] == "01 crashed: it ended its own kernel"
    assert "01 wrote outside its folder: my_work/stray.txt" in table.remarks["stray"]
    assert tracked() == before
    assert {path: path.read_bytes() for path in submissions.rglob("*") if path.is_file()} == given


def test_a_submission_is_found_in_a_my_work_and_in_a_folder_that_holds_one(tmp_path):
    inner = hand_in(tmp_path / "a", "ada")
    assert find_submission(tmp_path / "a" / "ada", SET) == inner
    shutil.copytree(tmp_path / "a" / "ada", tmp_path / "b" / "ada" / "my_work")
    assert find_submission(
        tmp_path / "b" / "ada", SET
    ) == tmp_path / "b" / "ada" / "my_work" / inner.relative_to(tmp_path / "a" / "ada")
    assert find_submission(tmp_path, SET) is None
