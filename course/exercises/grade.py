"""Grading: copies of learners' folders, each set of exercises run by nbgrader in a process of its own, and one table.

This is no sandbox: a submission's code runs with your rights. What it does by accident is caught and named.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import psutil

from course.environment import ROOT
from course.exercises.exercise_sets import ExerciseSet, find_set
from course.exercises.release import nbgrader_config
from dlt_pipelines.notes import read_note, write_note

LEARNER = "learner"  # nbgrader's name for whoever is graded: each submission has a gradebook of its own


@dataclass
class Grade:
    """What came of one learner's set: points by exercise (None where the set could not be run), and what is to be said."""

    learner: str
    lesson: str
    points: dict[str, int | None] = field(default_factory=dict)
    remark: str = ""


def grade(
    submissions: Path, sets: list[ExerciseSet], out: Path, timeout: int = 60, tell: Callable[[Grade], None] = lambda grade: None
) -> pd.DataFrame:
    """Grade the learners' folders in `submissions` (each a my_work, or a folder that holds one) on the given sets.

    Writes grades.csv, grades.html and the executed notebooks into `out`, and returns the table: one row per learner, a column
    per exercise (1 right, 0 not, empty where it was not handed in or could not be run), points, of, remarks. A cell that takes
    longer than `timeout` seconds is interrupted. The submissions are only read.
    """
    learners = sorted(path for path in submissions.iterdir() if path.is_dir() and not path.name.startswith("."))
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="course-grade-") as scratch:
        template = Path(scratch) / "template"
        _make_template(template, sets)
        jobs = [(learner, each, template, Path(scratch), out, timeout) for learner in learners for each in sets]
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            grades = []
            for done in pool.map(lambda job: _grade_one(*job), jobs):
                tell(done)
                grades.append(done)
    table = _table(grades, [path.name for path in learners], sets)
    table.to_csv(out / "grades.csv", index=False)
    (out / "grades.html").write_text(_page(table), encoding="utf-8")
    return table


def find_submission(folder: Path, exercise_set: ExerciseSet) -> Path | None:
    """A learner's notebook of a set, in a my_work or in a folder that holds one; None where there is none."""
    places = (folder / "exercises", folder / "my_work" / "exercises", folder)
    return next((path for place in places if (path := place / exercise_set.name / exercise_set.source.name).exists()), None)


def _make_template(template: Path, sets: list[ExerciseSet]) -> None:
    """What every submission starts from: a gradebook that knows the exercises, and the filled warehouse of the exercises."""
    from nbgrader.apps import NbGraderAPI

    template.mkdir()
    api = NbGraderAPI(config=nbgrader_config(template))
    for each in sets:
        outcome = api.generate_assignment(each.name, force=True, create=True)
        if not outcome["success"]:
            raise RuntimeError(f"nbgrader could not read {each.name}: {outcome.get('log')}")
    shutil.rmtree(template / "exercises")
    _call(["furnish", *(each.number for each in sets)], template, timeout=300)
    shutil.rmtree(template / "my_work")


def _call(arguments: list[str], root: Path, timeout: float) -> str | None:
    """Run this module in a process whose data and my_work lie in `root`; end it and all its kernels after `timeout` seconds.

    Returns what it printed to stderr, or None where it had to be ended.
    """
    environment = os.environ | {"COURSE_DATA": str(root / "data"), "COURSE_MY_WORK": str(root / "my_work"), "COURSE_GRADING": "1"}
    with (root / "told.txt").open("w+", encoding="utf-8", errors="replace") as told:
        process = psutil.Popen([sys.executable, "-m", "course.exercises.grade", *arguments], cwd=root, env=environment, stdout=told, stderr=told)
        try:
            process.wait(timeout)
        except (subprocess.TimeoutExpired, psutil.TimeoutExpired):
            for child in [*process.children(recursive=True), process]:
                child.kill()
            process.wait()
            return None
        told.seek(0)
        return told.read()


def _grade_one(learner: Path, exercise_set: ExerciseSet, template: Path, scratch: Path, out: Path, timeout: int) -> Grade:
    """Grade one learner's set in a folder of its own, and look afterwards for files that it left elsewhere."""
    grade = Grade(learner.name, exercise_set.number)
    notebook = find_submission(learner, exercise_set)
    if notebook is None:
        grade.remark = "not handed in"
        return grade
    if not _answers(notebook):
        grade.remark = "not a notebook"
        return grade
    root = Path(tempfile.mkdtemp(dir=scratch))
    try:
        shutil.copytree(template, root, dirs_exist_ok=True)
        shutil.copytree(
            notebook.parent, root / "submitted" / LEARNER / exercise_set.name, ignore=shutil.ignore_patterns(".*", "__pycache__")
        )
        (root / "my_work").mkdir()
        before, tree = _outside(root, exercise_set), _tree()
        told = _call(
            ["autograde", str(root), exercise_set.number, str(timeout)], root, timeout=timeout * (len(exercise_set.exercises) + 2) + 60
        )
        result = root / "result.json"
        if told is None:
            grade.remark = "hung: it could not be interrupted and was ended"
        elif not result.exists():
            grade.remark = "could not be graded: " + (told.strip().splitlines() or ["no message"])[-1][:200]
        else:
            done = {"points": {}, "remark": "could not be graded: its result cannot be read"} | read_note(result, {})
            grade.points, grade.remark = done["points"], done["remark"]
        stray = {
            "wrote outside its folder": _changed(before, _outside(root, exercise_set)),
            "these files of the course changed while it ran": _changed(tree, _tree()),
        }
        grade.remark = "; ".join(
            filter(None, [grade.remark, *(f"{what}: {', '.join(names[:3])}" for what, names in stray.items() if names)])
        )
        executed = root / "autograded" / LEARNER / exercise_set.name / exercise_set.source.name
        if executed.exists():
            (out / learner.name).mkdir(exist_ok=True)
            shutil.copyfile(executed, out / learner.name / executed.name)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    return grade


def _answers(notebook: Path) -> list[str]:
    """The sources of a notebook's code cells; empty where it is no notebook."""
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _outside(root: Path, exercise_set: ExerciseSet) -> dict[str, tuple]:
    """The files of a grading folder that a submission has no business with: name → size and time of change."""
    allowed = ("data/", "submitted/", f"autograded/{LEARNER}/{exercise_set.name}/", f"my_work/exercises/{exercise_set.name}/")
    ours = ("gradebook.db", "gradebook.db-journal", "result.json", "told.txt", "my_work/progress.json", "my_work/.progress.lock")
    return {name: mark for name, mark in _marks(root, root.rglob("*")).items() if name not in ours and not name.startswith(allowed)}


def _changed(before: dict[str, tuple], after: dict[str, tuple]) -> list[str]:
    return sorted(name for name in before | after if before.get(name) != after.get(name))


def _tree() -> dict[str, tuple]:
    """The files of the repository itself, without what is made by running."""
    made = ("data", "runs", "my_work")
    folders = [path for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".") and path.name not in made]
    files = [path for path in ROOT.iterdir() if path.is_file()]
    return _marks(ROOT, [*files, *(path for folder in folders for path in folder.rglob("*") if "__pycache__" not in path.parts)])


def _marks(base: Path, paths: Iterable[Path]) -> dict[str, tuple]:
    return {path.relative_to(base).as_posix(): (path.stat().st_size, path.stat().st_mtime_ns) for path in paths if path.is_file()}


def _table(grades: list[Grade], learners: list[str], sets: list[ExerciseSet]) -> pd.DataFrame:
    keys = [exercise.key for each in sets for exercise in each.exercises.values()]
    rows = []
    for learner in learners:
        mine = [grade for grade in grades if grade.learner == learner]
        points = {key: value for grade in mine for key, value in grade.points.items()}
        remarks = "; ".join(f"{grade.lesson} {grade.remark}" for grade in mine if grade.remark)
        total = sum(value or 0 for value in points.values())
        rows.append({"learner": learner} | {key: points.get(key) for key in keys} | {"points": total, "of": len(keys), "remarks": remarks})
    return pd.DataFrame(rows, columns=["learner", *keys, "points", "of", "remarks"]).astype(dict.fromkeys(keys, "Int64"))


def _page(table: pd.DataFrame) -> str:
    """The table as one HTML page."""
    from jinja2 import Environment, PackageLoader

    template = Environment(loader=PackageLoader("course"), autoescape=True).get_template("grades.html.j2")
    shown = table.astype(object).where(table.notna(), None)
    return template.render(columns=list(table.columns), rows=shown.to_dict("records"))


def _autograde(root: Path, exercise_set: ExerciseSet, timeout: int) -> None:
    """In a process of its own: have nbgrader execute the submission, and write points and remark to result.json."""
    from nbgrader.api import Gradebook
    from nbgrader.apps import NbGraderAPI

    config = nbgrader_config(root)
    config.ExecutePreprocessor.timeout = timeout
    config.ExecutePreprocessor.interrupt_on_timeout = True
    outcome = NbGraderAPI(config=config).autograde(exercise_set.name, LEARNER, force=True, create=True)
    points: dict[str, int | None] = {exercise.key: None for exercise in exercise_set.exercises.values()}
    remark = ""
    if outcome["success"]:
        with Gradebook(config.CourseDirectory.db_url, config.CourseDirectory.course_id) as book:
            submission = book.find_submission_notebook(exercise_set.source.stem, exercise_set.name, LEARNER)
            for each in submission.grades:
                points[each.cell.name.replace("-check-", "-")] = int(each.score)
        executed = (root / "autograded" / LEARNER / exercise_set.name / exercise_set.source.name).read_text(encoding="utf-8")
        interrupted = [
            cell["id"]
            for cell in json.loads(executed)["cells"]
            if any(o.get("ename") == "KeyboardInterrupt" for o in cell.get("outputs", []))
        ]
        if interrupted:
            remark = f"hung in {', '.join(interrupted)}: interrupted after {timeout} s"
    else:
        log = outcome.get("log") or outcome.get("error") or ""
        dead = "DeadKernelError" in log or "Kernel died" in log
        remark = "crashed: it ended its own kernel" if dead else f"could not be graded: {log.strip().splitlines()[-1][:200]}"
    write_note(root / "result.json", {"points": points, "remark": remark})


if __name__ == "__main__":
    if sys.argv[1] == "furnish":
        from course.exercises.practice_room import practice

        for number in sys.argv[2:]:
            practice(number)
    else:
        _autograde(Path(sys.argv[2]), find_set(sys.argv[3]), int(sys.argv[4]))
