"""Who imports whom: arrows go down only, never in a circle, and no module grows too long."""

import ast
from graphlib import CycleError, TopologicalSorter

import pytest

from course.environment import ROOT

MAY_IMPORT = {  # the rooms, and which others each of them may import
    "command line": {"publishing", "clinic", "exercises", "running", "top", "environment"},
    "publishing": {"exercises", "top", "environment"},
    "clinic": {"exercises", "running", "top", "environment"},
    "exercises": {"top", "environment"},
    "running": {"top", "environment"},
    "top": {"environment"},
    "environment": set(),
    "dlt_pipelines": set(),
}
ROOM_OF = {
    "course.cli": "command line",
    "course.commands": "command line",
    "course.faults": "command line",  # a lesson's name for a module of the clinic
    "course.target_health": "command line",
    "course.environment": "environment",
} | {f"course.{room}": room for room in ("publishing", "clinic", "exercises", "running")}
LAZY = ("course", "course.exercises.practice_room")  # `course.practice`, looked up when asked for
LONGEST = 400
WORD_LISTS = {"dlt_pipelines.marketplace.vocabulary", "dlt_pipelines.marketplace.phrases"}


def name_of(path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


PATHS = {name_of(p): p for top in ("course", "dlt_pipelines") for p in (ROOT / top).rglob("*.py")}


def imported(name: str, source: str) -> set[str]:
    """The modules of PATHS that a module imports: in functions and under TYPE_CHECKING too."""
    is_package = PATHS[name].name == "__init__.py"
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = name.split(".")[: is_package - node.level or None] if node.level else []
            base = ".".join([*package, *filter(None, [node.module])])
            within = {f"{base}.{alias.name}" for alias in node.names}
            found |= {each if each in PATHS else base for each in within}
    return found & PATHS.keys()


IMPORTS = {name: imported(name, path.read_text(encoding="utf-8")) for name, path in PATHS.items()}


def room(name: str) -> str:
    parts = name.split(".")
    return ROOM_OF.get(".".join(parts[:2]), "top") if parts[0] == "course" else parts[0]


def test_every_room_of_the_plan_is_there():
    assert {room(name) for name in PATHS} == set(MAY_IMPORT)


def test_a_module_imports_only_what_lies_below_its_room():
    arrows = {(name, other) for name, others in IMPORTS.items() for other in others} - {LAZY}
    up = {
        f"{name} → {other}"
        for name, other in arrows
        if room(other) not in {room(name), "dlt_pipelines", *MAY_IMPORT[room(name)]}
    }
    assert up == set()


@pytest.mark.parametrize("top", ["course", "dlt_pipelines"])
def test_no_modules_import_each_other_in_a_circle(top):
    graph = {name: others for name, others in IMPORTS.items() if name.split(".")[0] == top}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" ← ".join(error.args[1]))


@pytest.mark.parametrize(
    ("name", "source", "seen"),
    [
        ("course.history", "def f():\n    from course import lesson", "course.lesson"),
        ("course.history", "if TYPE_CHECKING:\n    import course.dbt", "course.dbt"),
        ("course.running.runner", "from . import report", "course.running.report"),
        ("course.running.runner", "from ..clinic.faults import heal", "course.clinic.faults"),
        ("course.running", "from .report import write", "course.running.report"),
    ],
)
def test_an_import_is_seen_wherever_it_stands(name, source, seen):
    assert imported(name, source) == {seen}


def test_a_module_has_at_most_four_hundred_lines():
    lines = {name: len(path.read_text("utf-8").splitlines()) for name, path in PATHS.items()}
    long = {name: count for name, count in lines.items() if count > LONGEST}
    assert {name: long[name] for name in long.keys() - WORD_LISTS} == {}
