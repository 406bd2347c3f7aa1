"""Grading: copies of what learners handed in, each set of exercises run by nbgrader in a process of
its own, and one table.

This is no sandbox: a submission's code runs with your rights. What it does by accident is caught
and named.
"""

from __future__ import annotations

import json
import os
import secrets
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
from course.exercises.autograde import LEARNER
from course.exercises.class_summary import read_progress, summary
from course.exercises.exercise_sets import CHECKS_FROM, ExerciseSet, load_checks
from course.exercises.handed_in import read_cells, rebuilt
from course.exercises.release import nbgrader_config
from course.exercises.submissions import (
    Submission,
    copy_beside,
    find_notebook,
    find_submissions,
    read_folder,
)
from course.pages import STILL
from dlt_pipelines.deletion import delete
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.notes import read_note


@dataclass
class Grade:
    """What came of one learner's set: points by exercise (None where the set could not be run), what
    the checks said against answers, and what is to be said of the whole."""

    learner: str
    lesson: str
    points: dict[str, int | None] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    remark: str = ""


def grade(
    submissions: Path,
    sets: list[ExerciseSet],
    out: Path,
    timeout: int = 60,
    tell: Callable[[Grade], None] = lambda grade: None,
    checks: Path | None = None,
) -> pd.DataFrame:
    """Grade what learners handed in, each a folder or a zip in `submissions` (a my_work, or what
    holds one), on the given sets.

    Writes grades.csv, class.csv, wrong_answers.csv, grades.html with all three, and the executed
    notebooks into `out`, and returns the first table: one row per learner, a column per exercise (1
    right, 0 not, empty where it was not handed in or could not be run), points, of, remarks. A cell
    that takes longer than `timeout` seconds is interrupted. The submissions are only read.

    checks: a folder with `NN_set/checks.py` for each set; then no other checks are used. Raises
    PipelineError where a set has none there.
    """
    check_checks(checks, sets)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="course-grade-", ignore_cleanup_errors=True) as scratch:
        unpacked = Path(scratch) / "unpacked"
        unpacked.mkdir()
        learners = find_submissions(submissions, unpacked)
        template = Path(scratch) / "template"
        progress = {learner.learner: read_progress(learner) for learner in learners}
        if learners:
            _make_template(template, sets, checks)
        jobs = [
            (learner, each, template, Path(scratch), out, timeout, checks)
            for learner in learners
            for each in sets
        ]
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            grades = []
            for done in pool.map(lambda job: _grade_one(*job), jobs):
                tell(done)
                grades.append(done)
    table = _table(grades, learners, sets)
    said: dict[str, dict[str, str]] = {}
    for done in grades:
        said.setdefault(done.learner, {}).update(done.said)
    exercises, wrong = summary(progress, said, table, sets)
    files = {"grades.csv": table, "class.csv": exercises, "wrong_answers.csv": wrong}
    for name, frame in files.items():
        frame.map(_no_formula).to_csv(out / name, index=False)
    (out / "grades.html").write_text(_page(table, exercises, wrong), encoding="utf-8")
    return table


def check_checks(checks: Path | None, sets: list[ExerciseSet]) -> None:
    """Raise PipelineError where a folder of checks has none for an exercise of a set."""
    for each in sets if checks else ():
        missing, why = each.name, ""
        if checks and (checks / each.name / "checks.py").is_file():
            try:
                module = load_checks(checks / each.name)
                given = (module.CHECKS, module.NEEDS)[0]
                missing = ", ".join(one.key for n, one in each.exercises.items() if n not in given)
            except Exception as error:
                why = f": {type(error).__name__}: {' '.join(str(error).split())[:200]}"
        if missing:
            raise PipelineError(
                f"There are no checks for {missing} in {checks}{why}.",
                cause="the folder holds a folder for each set, with its checks.py in it, as "
                "solutions/ does; checks that are missing there are not taken from solutions/",
                fix=f"put {each.name}/checks.py into it, or name the lessons that it has checks "
                "for, with --lesson",
                faq="no-hidden-checks",
            )


def find_submission(folder: Path, exercise_set: ExerciseSet) -> Path | None:
    """A learner's notebook of a set, in a my_work or in a folder that holds one; None where there
    is none."""
    found = find_notebook(read_folder(folder), exercise_set)
    return found.path if found else None


def _make_template(template: Path, sets: list[ExerciseSet], checks: Path | None) -> None:
    """What every submission starts from: a gradebook that knows the exercises, and the filled
    warehouse of the exercises."""
    from nbgrader.apps import NbGraderAPI

    template.mkdir()
    api = NbGraderAPI(config=nbgrader_config(template))
    for each in sets:
        outcome = api.generate_assignment(each.name, force=True, create=True)
        if not outcome["success"]:
            raise RuntimeError(f"nbgrader could not read {each.name}: {outcome.get('log')}")
    delete(template / "exercises", inside=template)
    _call(["furnish", *(each.number for each in sets)], template, timeout=300, checks=checks)
    delete(template / "my_work", inside=template)


def _call(
    arguments: list[str], root: Path, timeout: float, checks: Path | None = None
) -> str | None:
    """Run autograde.py in a process whose data and my_work lie in `root`; end it and all its
    kernels after `timeout` seconds.

    Returns what it printed to stderr, or None where it had to be ended.
    """
    environment = os.environ | {
        "COURSE_DATA": str(root / "data"),
        "COURSE_MY_WORK": str(root / "my_work"),
    }
    environment.pop(CHECKS_FROM, None)
    environment |= {CHECKS_FROM: str(checks)} if checks else {}
    environment["COURSE_GRADING"] = secrets.token_hex()  # what a check's word is made with
    command = [sys.executable, "-m", "course.exercises.autograde", *arguments]
    with (root / "told.txt").open("w+", encoding="utf-8", errors="replace") as told:
        process = psutil.Popen(
            command, cwd=root, env=environment, stdin=subprocess.DEVNULL, stdout=told, stderr=told
        )
        try:
            process.wait(timeout)
        except (subprocess.TimeoutExpired, psutil.TimeoutExpired):
            for child in [*process.children(recursive=True), process]:
                child.kill()
            process.wait()
            return None
        told.seek(0)
        return told.read(1_000_000)


def _grade_one(
    submission: Submission,
    exercise_set: ExerciseSet,
    template: Path,
    scratch: Path,
    out: Path,
    timeout: int,
    checks: Path | None,
) -> Grade:
    """Grade one learner's set. What goes wrong is that learner's remark; the others are graded."""
    grade = Grade(submission.learner, exercise_set.number)
    root = Path(tempfile.mkdtemp(dir=scratch))
    try:
        _grade_in(root, grade, submission, exercise_set, template, out, timeout, checks)
    except Exception as error:
        grade.remark = (
            f"could not be graded: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
        )
    try:
        delete(root, inside=scratch, ignore_errors=True)
    except PipelineError:  # the submission has put a link there
        grade.remark = "; ".join(
            filter(None, [grade.remark, "it put a link in the place of its own folder"])
        )
    return grade


def _grade_in(
    root: Path,
    grade: Grade,
    submission: Submission,
    exercise_set: ExerciseSet,
    template: Path,
    out: Path,
    timeout: int,
    checks: Path | None,
) -> None:
    """Grade one learner's set in the folder `root`, and look for files that it left elsewhere."""
    found = find_notebook(submission, exercise_set)
    cells = read_cells(found.path) if found else None
    if not found or not cells:
        grade.remark = "; ".join(
            [*(found.remarks if found else ()), "not a notebook" if found else "not handed in"]
        )
        return
    notebook, remarks = rebuilt(cells, exercise_set)
    shutil.copytree(template, root, dirs_exist_ok=True)
    (root / "my_work").mkdir()
    submitted = root / "submitted" / LEARNER / exercise_set.name
    copy_beside(submission, found, exercise_set, submitted)
    (submitted / exercise_set.source.name).write_text(json.dumps(notebook), encoding="utf-8")
    before, tree = _outside(root, exercise_set), _tree()
    result = root.with_name(f"{root.name}-{secrets.token_hex(8)}.json")
    arguments = ["autograde", str(root), exercise_set.number, str(timeout), str(result)]
    allowed = timeout * (len(exercise_set.exercises) + 2) + 60
    told = _call(arguments, root, allowed, checks)
    grade.points, grade.said, remark = _read_result(result, told, exercise_set)
    stray = {
        "wrote outside its folder": _changed(before, _outside(root, exercise_set)),
        "these files of the course changed while it ran": _changed(tree, _tree()),
    }
    strayed = [f"{what}: {', '.join(names[:3])}" for what, names in stray.items() if names]
    grade.remark = "; ".join(filter(None, [*found.remarks, *remarks, remark, *strayed]))
    _keep_executed(root, exercise_set, out / submission.learner)


def _keep_executed(root: Path, exercise_set: ExerciseSet, folder: Path) -> None:
    executed = root / "autograded" / LEARNER / exercise_set.name / exercise_set.source.name
    if executed.is_file() and not executed.is_symlink():
        folder.mkdir(exist_ok=True)
        shutil.copyfile(executed, folder / executed.name)


def _read_result(
    result: Path, told: str | None, exercise_set: ExerciseSet
) -> tuple[dict[str, int | None], dict[str, str], str]:
    """Points by exercise, what checks said, and the remark that autograde.py wrote; no points where
    it wrote none, or something else."""
    if told is None:
        return {}, {}, "hung: it could not be interrupted and was ended"
    done = read_note(result, {}) if result.is_file() else {}
    points, said, remark = (done.get(name) for name in ("points", "said", "remark"))
    keys = [exercise.key for exercise in exercise_set.exercises.values()]
    if (
        isinstance(points, dict)
        and isinstance(said, dict)
        and isinstance(remark, str)
        and all(points.get(key) in (0, 1, None) for key in keys)
    ):
        told_against = {key: str(said[key]) for key in keys if key in said}
        return {key: points.get(key) for key in keys}, told_against, remark
    return {}, {}, "could not be graded: " + (told.strip().splitlines() or ["no message"])[-1][:200]


def _outside(root: Path, exercise_set: ExerciseSet) -> dict[str, tuple]:
    """The files of a grading folder that a submission has no business with: name → size and time of
    change."""
    allowed = (
        "data/",
        "submitted/",
        f"autograded/{LEARNER}/{exercise_set.name}/",
        f"my_work/exercises/{exercise_set.name}/",
    )
    ours = (
        "gradebook.db",
        "gradebook.db-journal",
        "told.txt",
        "my_work/progress.json",
        "my_work/.progress.lock",
    )
    return {
        name: mark
        for name, mark in _marks(root, root.rglob("*")).items()
        if name not in ours and not name.startswith(allowed)
    }


def _changed(before: dict[str, tuple], after: dict[str, tuple]) -> list[str]:
    return sorted(name for name in before | after if before.get(name) != after.get(name))


def _tree() -> dict[str, tuple]:
    """The files of the repository itself, without what is made by running."""
    made = ("data", "runs", "my_work")
    folders = [
        path
        for path in ROOT.iterdir()
        if path.is_dir() and not path.name.startswith(".") and path.name not in made
    ]
    files = [path for path in ROOT.iterdir() if path.is_file()]
    return _marks(
        ROOT,
        [
            *files,
            *(
                path
                for folder in folders
                for path in folder.rglob("*")
                if "__pycache__" not in path.parts
            ),
        ],
    )


def _marks(base: Path, paths: Iterable[Path]) -> dict[str, tuple]:
    marks = {}
    for path in paths:
        try:
            status = path.lstat()
        except OSError:  # it has gone in the meantime
            continue
        if path.is_symlink() or path.is_file():
            name = path.relative_to(base).as_posix().encode("utf-8", "replace").decode("utf-8")
            marks[name] = (status.st_size, status.st_mtime_ns)
    return marks


def _table(
    grades: list[Grade], learners: list[Submission], sets: list[ExerciseSet]
) -> pd.DataFrame:
    keys = [exercise.key for each in sets for exercise in each.exercises.values()]
    rows = []
    for submission in learners:
        mine = [grade for grade in grades if grade.learner == submission.learner]
        points = {key: value for grade in mine for key, value in grade.points.items()}
        remarks = [
            submission.remark,
            *(f"{grade.lesson} {grade.remark}" for grade in mine if grade.remark),
        ]
        total = sum(value or 0 for value in points.values())
        counted = {"points": total, "of": len(keys), "remarks": "; ".join(filter(None, remarks))}
        rows.append(
            {"learner": submission.learner} | {key: points.get(key) for key in keys} | counted
        )
    return pd.DataFrame(rows, columns=["learner", *keys, "points", "of", "remarks"]).astype(
        dict.fromkeys(keys, "Int64")
    )


def _no_formula(value: object) -> object:
    """A text as a spreadsheet takes it for text, and not for something to compute."""
    is_formula = isinstance(value, str) and value.startswith(("=", "+", "-", "@"))
    return f"'{value}" if is_formula else value


def _page(table: pd.DataFrame, *more: pd.DataFrame) -> str:
    """The tables as one HTML page: the grades, then those on the class as a whole."""
    from jinja2 import Environment, PackageLoader

    template = Environment(loader=PackageLoader("course"), autoescape=True).get_template(
        "grades.html.j2"
    )
    shown = [frame.astype(object).where(frame.notna(), None) for frame in (table, *more)]
    grades, *rest = [(list(frame.columns), frame.to_dict("records")) for frame in shown]
    return template.render(columns=grades[0], rows=grades[1], more=rest, policy=STILL)
