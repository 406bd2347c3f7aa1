"""Exercises: what one is, and where the sets lie.

A set is a folder below `solutions/`: the notebook `NN_exercises.ipynb` (nbgrader's source format),
`checks.py`, and answers to try the checks on, in `right/` and `wrong/`.
"""

from __future__ import annotations

import ast
import hmac
import importlib.util
import json
import os
import re
import sys
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from types import ModuleType

from course.checks import Check
from course.environment import EXERCISES, SOLUTIONS
from dlt_pipelines.errors import PipelineError


CHECKS_FROM = "COURSE_CHECKS"  # names the folder of `course grade --checks`
# read once: what is graded cannot name another one later
ELSEWHERE = os.environ.get(CHECKS_FROM)
WORD = "application/vnd.local-data-stack.word+json"  # a kind of output that only grading reads


def word_of(secret: str, key: str) -> str:
    """What the check of an exercise says in a grading when the answer is right; nobody says it by
    accident.
    """
    return hmac.new(secret.encode(), key.encode(), "sha256").hexdigest()


@dataclass(frozen=True)
class Answer:
    """An answer to an exercise that comes with the set, right or wrong, to try the check on: a file
    with the text of its cells, parted by a line `# %%` (in SQL `-- %%`).

    Its first comment says what is different or wrong. `hint` has words of the hint that must fit,
    `error` words of the error that must be told; a right answer has neither.
    """

    path: Path
    remark: str
    cells: tuple[str, ...]
    hint: str = ""
    error: str = ""

    @classmethod
    def read(cls, path: Path) -> Answer:
        sign = "--" if path.suffix == ".sql" else "#"
        lines = path.read_text(encoding="utf-8").splitlines()
        head = list(takewhile(lambda line: line.startswith(f"{sign} "), lines))
        said = [line.removeprefix(f"{sign} ") for line in head]
        words = {
            key.lower(): line.removeprefix(f"{key}: ")
            for key in ("Hint", "Error")
            for line in said
            if line.startswith(f"{key}: ")
        }
        remark = " ".join(line for line in said if not line.startswith(("Hint: ", "Error: ")))
        text = "\n".join(lines[len(head) :])
        cells = re.split(rf"^{sign} %%$", text, flags=re.MULTILINE)
        return cls(path, remark, tuple(cell.strip("\n") for cell in cells), **words)


@dataclass(frozen=True)
class Exercise:
    """One exercise as its notebook states it."""

    lesson: str
    number: int
    title: str
    goal: str
    minutes: int
    answers: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"{self.lesson}-{self.number}"

    @property
    def solution(self) -> str:
        """The answer, as a learner would have written it."""
        return "\n\n".join(self.solved_cells)

    @property
    def solved_cells(self) -> list[str]:
        """The answer's cells, each without what it takes the place of."""
        return [_solved(source) for source in self.answers]

    @property
    def stubs(self) -> list[str]:
        """What the learner starts from, one text for each answer cell."""
        return [clear(source) for source in self.answers]

    @property
    def files(self) -> dict[str, str]:
        """The files that the answer cells write, with what the untouched cells would put into them."""
        matches = [re.match(r"%%writefile (\S+)\n?(.*)", stub, re.DOTALL) for stub in self.stubs]
        return {match[1]: match[2] for match in matches if match}


MARKED = r"^[^\n]*BEGIN SOLUTION[^\n]*\n(.*?)^[^\n]*END SOLUTION[^\n]*\n?"


def _solved(source: str) -> str:
    """A cell's solution with what it needs of the text around it: the head of its function, the
    line that names its file, imports.
    """
    whole = re.sub(r"^.*\b(BEGIN|END) SOLUTION.*\n?", "", source, flags=re.MULTILINE)
    solutions, given = re.findall(MARKED, source, re.DOTALL | re.MULTILINE), clear(source)
    if source.startswith("%%") and len(solutions) > 1:  # what was given stands in a comment
        return given.partition("\n")[0] + "\n" + re.sub(r"\{#[^#]*\Z", "", solutions[0]).strip()
    if source.startswith("%%"):
        is_placeholder = re.search(r"^(--|#) (your \b|.*…)", given, re.MULTILINE)
        comments = r"^(--|#) .*\n" if is_placeholder else r"(?!)"
        return (re.sub(comments, "", given, flags=re.MULTILINE) + "".join(solutions)).strip()
    if not solutions or solutions[0].startswith(" "):
        return re.sub(r"^ *\.\.\.\n", "", whole, flags=re.MULTILINE).strip()
    needed = set(re.findall(r"\w+", "".join(solutions)))
    imports = [
        ast.get_source_segment(given, node)
        for node in ast.parse(given).body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        and needed & {alias.asname or alias.name for alias in node.names}
    ]
    text = "\n".join([*imports, *solutions])
    return (text if solutions[0].startswith(("from ", "import ")) or not imports else
            "\n".join([*imports, "\n", *solutions])).strip()


def clear(source: str) -> str:
    """A cell without its solution; the release command lets nbgrader do the same."""
    return re.sub(
        r"^[^\n]*BEGIN SOLUTION.*?END SOLUTION[^\n]*\n?", "", source, flags=re.DOTALL | re.MULTILINE
    )


@dataclass(frozen=True)
class ExerciseSet:
    """The exercises of one lesson."""

    folder: Path

    @property
    def number(self) -> str:
        return self.folder.name[:2]

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def source(self) -> Path:
        return self.folder / f"{self.number}_exercises.ipynb"

    @property
    def released(self) -> Path:
        return EXERCISES / self.name / self.source.name

    @property
    def title(self) -> str:
        return self._cells[0]["source"].splitlines()[0].lstrip("# ")

    @cached_property
    def _cells(self) -> list[dict]:
        cells = json.loads(self.source.read_text(encoding="utf-8"))["cells"]
        return [{"id": cell["id"], "source": "".join(cell["source"])} for cell in cells]

    @cached_property
    def exercises(self) -> dict[int, Exercise]:
        """The exercises by number, as their cells `exercise-N` and `answer-N…` state them."""
        found = {}
        for cell in self._cells:
            named = re.fullmatch(r"exercise-(\d+)", cell["id"])
            if not named:
                continue
            number = int(named[1])
            title = re.match(r"## \d+\. (.+)", cell["source"])
            stated = re.search(
                r"^\*Goal: (.+?)\. (\d+) minutes\.\*$",
                cell["source"].replace(".\n", ". "),
                re.MULTILINE,
            )
            if not title or not stated:
                raise ValueError(
                    f"{self.name}, exercise {number}: needs '## {number}. Title' and "
                    "'*Goal: …. N minutes.*'"
                )
            answers = [
                c["source"]
                for c in self._cells
                if re.fullmatch(rf"answer-{number}(-[a-z0-9-]+)?", c["id"])
            ]
            found[number] = Exercise(
                self.number, number, title[1], stated[1], int(stated[2]), tuple(answers)
            )
        return found

    @cached_property
    def module(self) -> ModuleType:
        """The set's checks.py: its own, or while work is graded with checks from elsewhere that
        one alone."""
        return load_checks(Path(ELSEWHERE) / self.name if ELSEWHERE else self.folder)

    @property
    def checks(self) -> dict[int, Check]:
        return self.module.CHECKS

    def answers(self, kind: str, number: int) -> list[Answer]:
        """The answers to an exercise that come with the set, `kind` "right" or "wrong", by name."""
        return [Answer.read(path) for path in sorted((self.folder / kind).glob(f"{number}_*"))]

    @property
    def needs(self) -> str:
        """What the set's warehouse holds at the start: "nothing", "raw" (loaded) or "models"
        (built).
        """
        return self.module.NEEDS


def load_checks(folder: Path) -> ModuleType:
    """The module `checks.py` in a set's folder, loaded anew."""
    spec = importlib.util.spec_from_file_location(f"checks_{folder.name}", folder / "checks.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dlt looks up where a decorated function comes from
    spec.loader.exec_module(module)
    return module


def find_sets() -> list[ExerciseSet]:
    """All sets in the order of their lessons."""
    return [
        ExerciseSet(path.parent)
        for path in sorted(SOLUTIONS.glob("[0-9][0-9]_*/[0-9][0-9]_exercises.ipynb"))
    ]


def find_set(number: str) -> ExerciseSet:
    """The set of that lesson, such as "05" or "5". Raises PipelineError where there is none."""
    for exercise_set in find_sets():
        if exercise_set.number == number.zfill(2):
            return exercise_set
    raise PipelineError(
        f"There are no exercises for lesson {number}.",
        cause="the number is misspelt, or the lesson has none",
        fix=f"choose one of {', '.join(each.number for each in find_sets())}",
        faq="no-such-lesson",
    )
