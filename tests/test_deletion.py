"""D1: nothing outside a sandbox, a target or my_work is deleted or written over, however the
folders are called and linked."""

import ast
import os
from pathlib import Path

import pytest

from course.clinic import faults, sandbox
from course.environment import ROOT
from course.exercises import my_work, practice_room
from course.exercises.exercise_sets import find_set
from course.lesson import Lesson
from dlt_pipelines import deletion
from dlt_pipelines.deletion import delete, delete_target
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.targets import find_target

OUR_ONE_PLACE = ROOT / "dlt_pipelines" / "deletion.py"
SOURCES = [path for top in ("course", "dlt_pipelines") for path in (ROOT / top).rglob("*.py")]
DELETING = {"rmtree", "unlink", "rmdir", "removedirs", "send2trash"}
IN_A_SHELL = {"system", "popen", "getoutput", "getstatusoutput", "create_subprocess_shell"}
SHELLS = {"sh", "bash", "cmd", "powershell", "rm", "del"}
links = pytest.mark.skipif(os.name == "nt", reason="a link needs a right of its own on Windows")


def called(call: ast.Call) -> tuple[str, str]:
    """What a call calls: what stands before the last dot, and what behind it."""
    if isinstance(call.func, ast.Attribute):
        return ast.unparse(call.func.value), call.func.attr
    return "", ast.unparse(call.func)


def deletions(source: str) -> list[int]:
    """The lines on which a piece of Python deletes, or imports what deletes."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            before, name = called(node)
            if name in DELETING or (before, name) == ("os", "remove"):
                found.append(node.lineno)
        if isinstance(node, ast.ImportFrom) and node.module in ("os", "shutil"):
            found += [node.lineno for alias in node.names if alias.name in DELETING | {"remove"}]
    return found


def shells(source: str) -> list[int]:
    """The lines on which a piece of Python hands a line to a shell, or names one as a command."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            by_option = any(
                word.arg == "shell" and ast.unparse(word.value) != "False" for word in node.keywords
            )
            words = next(
                (arg.elts for arg in node.args if isinstance(arg, ast.List) and arg.elts), [None]
            )
            first = words[0].value if isinstance(words[0], ast.Constant) else None
            is_run = called(node)[1] in ("run", "call", "Popen", "check_call", "check_output")
            into_one = called(node)[1] in IN_A_SHELL and called(node)[0] != "platform"
            if by_option or into_one or (is_run and first in SHELLS):
                found.append(node.lineno)
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_d1_one_function_deletes_and_no_shell_is_given_a_line(path):
    source = path.read_text(encoding="utf-8")
    assert path == OUR_ONE_PLACE or deletions(source) == []
    assert shells(source) == []


@pytest.mark.parametrize(
    "line",
    [
        "shutil.rmtree(x)",
        "x.unlink()",
        "os.remove(x)",
        "Path(x).rmdir()",
        "from shutil import rmtree",
        "os.unlink(x)",
        "(a / b).unlink(True)",
    ],
)
def test_d1_every_way_to_delete_is_seen(line):
    assert deletions(line) == [1]
    assert deletions("names.remove(x)\ntext.replace(a, b)") == []


@pytest.mark.parametrize(
    "line",
    [
        "subprocess.run(x, shell=True)",
        "os.system(x)",
        "subprocess.call(['rm', x])",
        "subprocess.getoutput(x)",
        "run(['bash', '-c', x])",
    ],
)
def test_d1_every_way_into_a_shell_is_seen(line):
    assert shells(line) == [1]
    assert shells("subprocess.run([program, x], shell=False)") == []


def around(tmp_path: Path) -> Path:
    """A folder that is somebody's own, with a file in it."""
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("mine")
    return mine


def test_d1_a_file_and_a_folder_inside_are_deleted_and_nothing_is_no_error(tmp_path):
    (tmp_path / "in" / "folder").mkdir(parents=True)
    (tmp_path / "in" / "file").write_text("x")
    for name in ("folder", "file", "neither"):
        delete(tmp_path / "in" / name, inside=tmp_path / "in")
    assert list((tmp_path / "in").iterdir()) == []


@pytest.mark.parametrize("name", ["../mine", "../mine/thesis.txt", "", ".", "..", "a/../../mine"])
def test_d1_what_lies_elsewhere_stays(tmp_path, name):
    mine = around(tmp_path)
    (tmp_path / "in" / "a").mkdir(parents=True)
    with pytest.raises(PipelineError, match="nothing was deleted: it is not inside"):
        delete(tmp_path / "in" / name, inside=tmp_path / "in")
    assert (mine / "thesis.txt").exists() and (tmp_path / "in" / "a").is_dir()


@links
def test_d1_a_link_stays_and_so_does_what_it_points_to(tmp_path):
    mine, inside = around(tmp_path), tmp_path / "in"
    (inside / "folder").mkdir(parents=True)
    for link, to in (
        ("folder/link", mine),
        ("link", mine),
        ("file", mine / "thesis.txt"),
        ("dangling", tmp_path / "no"),
        ("loop", inside / "loop"),
    ):
        (inside / link).symlink_to(to)
    for name in ("link", "file", "dangling", "loop"):
        with pytest.raises(PipelineError, match="it is a link"):
            delete(inside / name, inside=inside)
        assert (inside / name).is_symlink()
    with pytest.raises(PipelineError, match="it is not inside"):
        delete(inside / "link" / "thesis.txt", inside=inside)
    delete(inside / "folder", inside=inside)  # and the link in it
    assert not (inside / "folder").exists() and (mine / "thesis.txt").read_text() == "mine"


def test_d1_the_repository_and_the_home_folder_are_never_deleted(tmp_path, monkeypatch):
    (tmp_path / "all" / "home").mkdir(parents=True)
    (tmp_path / "all" / "repository" / "course").mkdir(parents=True)
    monkeypatch.setattr(deletion.Path, "home", lambda: tmp_path / "all" / "home")
    monkeypatch.setattr(deletion, "REPOSITORY", tmp_path / "all" / "repository")
    for name in ("all", "all/home", "all/repository"):
        with pytest.raises(PipelineError, match="your home folder"):
            delete(tmp_path / name, inside=tmp_path)
    assert (tmp_path / "all" / "repository" / "course").is_dir()


@pytest.mark.parametrize(
    "way",
    [sandbox.fill_sandbox, lambda: practice_room.practice("03")],
    ids=["sandbox", "exercises"],
)
@pytest.mark.parametrize("folder", ["my data", "a/../my data", "my;touch stolen"])
def test_d1_a_folder_that_only_has_the_name_of_a_target_stays(tmp_path, monkeypatch, way, folder):
    """COURSE_DATA names somebody's own folder, with a sandbox and exercises in it by chance."""
    (tmp_path / "a").mkdir()
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / folder))
    places = [find_target(name).folder for name in ("sandbox", "exercises")]
    for place in places:
        (place / "essays").mkdir(parents=True)
        (place / "essays" / "thesis.txt").write_text("mine")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PipelineError, match="the course has not made it") as told:
        way()
    assert told.value.faq == "not-deleted"
    for place in places:
        assert [path.relative_to(place).as_posix() for path in place.rglob("*")] == [
            "essays",
            "essays/thesis.txt",
        ]


@pytest.mark.parametrize("sign", deletion.SIGNS)
def test_d1_a_target_is_known_by_what_the_course_puts_into_it(tmp_path, sign):
    target = tmp_path / "sandbox"
    (target / sign).parent.mkdir(parents=True)
    (target / sign).write_text("")
    delete_target(target)
    assert not target.exists()


@links
def test_d1_a_sandbox_that_is_a_link_stays(tmp_path, monkeypatch):
    mine = around(tmp_path)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    for name in ("sandbox-dev-03", "sandbox", "exercises-03"):
        (tmp_path / "data" / name).symlink_to(mine, target_is_directory=True)
    with pytest.raises(PipelineError, match="it is a link"):
        Lesson("03", "marketplace", "", "dev", "", False).sandbox()
    with pytest.raises(PipelineError, match="it is a link"):
        sandbox.fill_sandbox()
    with pytest.raises(PipelineError, match="it is a link"):
        faults.inflict("second-database")
    my_work.start("03")
    with pytest.raises(PipelineError, match="it is a link"):
        my_work.reset("03")
    assert (mine / "thesis.txt").read_text() == "mine"


@links
def test_d1_a_fault_is_not_made_through_a_link(tmp_path, monkeypatch):
    mine = around(tmp_path)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(faults, "fill_sandbox", lambda: None)
    faults.lab().parent.mkdir(parents=True)
    faults.lab().symlink_to(mine, target_is_directory=True)
    with pytest.raises(PipelineError, match="it is a link"):
        faults.inflict("second-database")
    assert [path.name for path in mine.iterdir()] == ["thesis.txt"]


@links
def test_d1_a_link_in_my_work_is_not_written_through(tmp_path):
    released = my_work.released_files(find_set("03"))[0]
    notebook, _ = my_work.start("03")
    elsewhere = tmp_path / "elsewhere.ipynb"
    elsewhere.write_bytes(released.read_bytes())
    notebook.unlink()
    for target in (elsewhere, tmp_path / "not there.ipynb"):
        notebook.unlink(missing_ok=True)
        notebook.symlink_to(target)
        source = tmp_path / "new" / released.relative_to(ROOT)
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(f"newer {target.name}")
        my_work.copy([source], root=tmp_path / "new")
    assert (
        elsewhere.read_bytes() == released.read_bytes()
        and not (tmp_path / "not there.ipynb").exists()
    )
    assert len(list(notebook.parent.glob("*.new*.ipynb"))) >= 1


@pytest.mark.parametrize("name", ["", "notebooks", "exercises/deeper", ".."])
def test_d1_my_work_is_never_the_repository_itself(monkeypatch, name):
    monkeypatch.setenv("COURSE_MY_WORK", str(ROOT / name))
    for way in (my_work.copy_course, lambda: my_work.start("03"), lambda: my_work.reset("03")):
        with pytest.raises(PipelineError, match="is a part of the course itself"):
            way()
