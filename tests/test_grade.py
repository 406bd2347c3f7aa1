"""Grading: a table for all, whatever single submissions do, and nothing changed outside the grading
folder.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from course.environment import ROOT
from course.exercises.exercise_sets import find_set
from course.exercises.grade import find_submission, grade

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
    import pandas as pd

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
