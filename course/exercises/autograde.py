"""What grading does in processes of its own: make ready the exercises' warehouse, and have nbgrader
execute one submission.

`python -m course.exercises.autograde furnish NN …`, and `… autograde ROOT NN SECONDS RESULT`.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

from course.exercises.exercise_sets import WORD, ExerciseSet, find_set, word_of
from course.exercises.release import nbgrader_config
from dlt_pipelines.notes import write_note
from dlt_pipelines.wording import KERNEL_DIED, says

LEARNER = "learner"  # nbgrader's name for all: each submission has a gradebook of its own


def autograde(root: Path, exercise_set: ExerciseSet, timeout: int, result: Path) -> None:
    """Have nbgrader execute the submission in `root`, and write {"points", "said", "remark"} to
    `result`.

    A point is given where the check's cell went through and the check itself said `right`, with the
    word for this grading. said: what a check said against an answer, by the exercise's key.
    """
    from nbgrader.apps import NbGraderAPI

    secret = os.environ["COURSE_GRADING"]
    config = nbgrader_config(root)
    config.ExecutePreprocessor.timeout = timeout
    config.ExecutePreprocessor.interrupt_on_timeout = True
    outcome = NbGraderAPI(config=config).autograde(
        exercise_set.name, LEARNER, force=True, create=True
    )
    keys = [exercise.key for exercise in exercise_set.exercises.values()]
    points: dict[str, int | None] = dict.fromkeys(keys)
    said: dict[str, str] = {}
    if outcome["success"]:
        executed = root / "autograded" / LEARNER / exercise_set.name / exercise_set.source.name
        cells = json.loads(executed.read_text(encoding="utf-8"))["cells"]
        passed = {key for key, score in _scores(config, exercise_set).items() if score}
        spoken = {key for key in keys if _is_spoken(cells, key, secret)}
        points = {key: int(key in passed and key in spoken) for key in keys}
        said = {key: text for key in keys if (text := _said_against(cells, key))}
        remark = _remark(cells, sorted(passed - spoken), timeout)
    else:
        remark = _failure(outcome.get("log") or outcome.get("error") or "")
    write_note(result, {"points": points, "said": said, "remark": remark})


def _failure(log: str) -> str:
    """What stopped nbgrader, in the last error of its log."""
    if says(log, *KERNEL_DIED):
        return "crashed: it ended its own kernel"
    errors = re.findall(r"^\s*([\w.]+(?:Error|Exception): .+)", log, re.MULTILINE)
    last = (errors or log.strip().splitlines() or ["no message"])[-1]
    return f"could not be graded: {last[:200]}"


def _scores(config, exercise_set: ExerciseSet) -> dict[str, float]:
    """What nbgrader gave, by the exercise's key."""
    from nbgrader.api import Gradebook

    with Gradebook(config.CourseDirectory.db_url, config.CourseDirectory.course_id) as book:
        graded = book.find_submission_notebook(exercise_set.source.stem, exercise_set.name, LEARNER)
        return {each.cell.name.replace("-check-", "-"): each.score for each in graded.grades}


def _is_spoken(cells: list[dict], key: str, secret: str) -> bool:
    """Whether the check of an exercise has said, in its own cell's output: the answer is right."""
    return any(
        output.get("data", {}).get(WORD) == {"word": word_of(secret, key)}
        for output in _outputs(cells, key)
    )


def _said_against(cells: list[dict], key: str) -> str:
    """What the check of an exercise said of an answer that is not right; empty where it was not
    attempted, or nothing was said."""
    errors = [output.get("evalue", "") for output in _outputs(cells, key)]
    return next((error[:2000] for error in errors if re.match(r"\W*Not yet\.", error)), "")


def _outputs(cells: list[dict], key: str) -> list[dict]:
    """The outputs of an exercise's check."""
    check = f"check-{key.partition('-')[2]}"
    return [output for cell in cells if cell["id"] == check for output in cell["outputs"]]


def _remark(cells: list[dict], unspoken: list[str], timeout: int) -> str:
    hung = [
        cell["id"]
        for cell in cells
        if any(o.get("ename") == "KeyboardInterrupt" for o in cell.get("outputs", []))
    ]
    remarks = [f"hung in {', '.join(hung)}: interrupted after {timeout} s"] if hung else []
    if unspoken:
        why = "its check was kept from judging (the submission changes how checks work)"
        remarks.append(f"no point for {', '.join(unspoken)}: {why}")
    return "; ".join(remarks)


if __name__ == "__main__":
    if sys.argv[1] == "furnish":
        from course.exercises.practice_room import practice

        for number in sys.argv[2:]:
            practice(number)
    else:
        autograde(Path(sys.argv[2]), find_set(sys.argv[3]), int(sys.argv[4]), Path(sys.argv[5]))
