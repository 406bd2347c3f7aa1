"""Two lessons at work at a time: which may begin, what each sees, and how both are ended."""

import os
import re
import signal
import time
from dataclasses import dataclass

import nbformat
import psutil
import pytest
from support import PARAMETERS

from course import notebooks
from course.notebooks import find_lessons, has_tag
from course.running import kernels, order, runner, work
from course.running.order import Order


@dataclass(frozen=True)
class Fake:
    number: str
    stage: str = ""

    def stage_code(self):
        return self.stage


BEFORE, FIRST, BESIDE, SECOND, LAST = COURSE = [
    Fake("00"),
    Fake("01", "load"),
    Fake("02"),
    Fake("03", "model"),
    Fake("04"),
]


def test_a_stage_begins_first_and_a_lesson_without_one_beside_it():
    plan = Order(COURSE, gated=False, at_once=2)
    assert [plan.begin(), plan.begin(), plan.begin()] == [FIRST, BEFORE, None]


def test_a_lesson_without_a_stage_begins_when_the_stages_before_it_are_done():
    plan = Order(COURSE[1:], gated=False, at_once=3)
    assert [plan.begin(), plan.begin()] == [FIRST, None]
    plan.staged(FIRST)
    plan.wait()
    assert [plan.begin(), plan.begin()] == [BESIDE, None], "a stage waits for the whole lesson"
    plan.ended(FIRST)
    plan.wait()
    assert [plan.begin(), plan.begin()] == [SECOND, None]
    plan.ended(SECOND)
    plan.wait()
    assert [plan.begin(), plan.begin(), plan.waiting] == [LAST, None, []]


def test_the_first_lesson_brings_the_workspace_up_and_the_others_wait_until_it_has():
    plan = Order(COURSE[2:], gated=True, at_once=2)
    assert [plan.begin(), plan.begin()] == [BESIDE, None]
    plan.opened(BESIDE)
    plan.wait()
    assert plan.begin() == SECOND


def test_one_processor_has_one_lesson_at_work(monkeypatch):
    monkeypatch.setattr(order, "processors", lambda: 1)
    plan = Order(COURSE, gated=False)
    assert [plan.begin(), plan.begin()] == [FIRST, None]


LOOKS = (
    r'lesson\.(query|place\.warehouse|dbt\((?!"ls"))|artefacts\(lesson|^%%sql *$|warehouse\.duckdb'
)


def test_no_lesson_looks_at_the_target_while_a_later_stage_may_be_at_work():
    lessons = find_lessons()
    last = max(lesson.number for lesson in lessons if lesson.stage_code())
    for lesson in lessons:
        if lesson.number < last and not lesson.stage_code():
            code = [cell.source for cell in lesson.read().cells if cell.cell_type == "code"]
            assert not [line for line in code if re.search(LOOKS, line, re.MULTILINE)], lesson.name


@pytest.fixture
def beside(two_lessons, monkeypatch):
    """A course of two lessons that may be at work at once: the first does no stage."""
    monkeypatch.setattr(order, "processors", lambda: 2)

    def write(before, first):
        two_lessons("00_before_all.ipynb", before)
        two_lessons("01_first_thing.ipynb", first)
        path = notebooks.NOTEBOOKS / "00_before_all.ipynb"
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if has_tag(cell, "stage") and not has_tag(cell, "parameters"):
                cell.metadata["tags"] = ["demo"]
        nbformat.write(notebook, path)

    return write


MEET = """import os, pathlib, time
here = pathlib.Path({folder!r})
(here / "{mine}").write_text(f"{{os.getpid()}} {{os.environ['COURSE_PROGRESS']}}")
while not (here / "{other}").exists(): time.sleep(0.05)"""


def meeting(folder, more=""):
    names = {"before": "first", "first": "before"}
    return [
        MEET.format(folder=str(folder), mine=mine, other=other) + more
        for mine, other in names.items()
    ]


def test_two_lessons_are_at_work_at_once_and_each_tells_how_far_it_is_by_itself(beside, own_state):
    beside(*meeting(own_state))
    done = runner.run(PARAMETERS)
    assert [stage.status for stage in done.stages] == ["ok", "ok"]
    told = [(own_state / name).read_text().split() for name in ("before", "first")]
    assert told[0][0] != told[1][0] and told[0][1] != told[1][1]
    assert not list(done.folder.glob("progress*"))


def test_ctrl_c_ends_both(beside, own_state, monkeypatch, capsys):
    beside(*meeting(own_state, more="\nos.fork() if hasattr(os, 'fork') else 0\ntime.sleep(100)"))

    def control_c(_):
        while len(list(own_state.glob("[bf]*[et]"))) < 2:
            time.sleep(0.05)
        raise KeyboardInterrupt

    monkeypatch.setattr(Order, "wait", control_c)
    with pytest.raises(KeyboardInterrupt):
        runner.run(PARAMETERS)
    assert capsys.readouterr().out.count("interrupted") == 2
    account = runner.last_run("dev")
    assert account["status"] == "interrupted"
    assert [stage["status"] for stage in account["stages"]] == ["not run", "not run"]
    for name in ("before", "first"):
        pid = int((own_state / name).read_text().split()[0])
        assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie"


def test_where_one_fails_the_other_is_finished_and_none_is_begun(beside, own_state, two_lessons):
    before, first = meeting(own_state)
    beside(before + "\n1 / 0", first + "\ntime.sleep(1)")
    two_lessons("02_second_thing.ipynb", "print('never')")
    done = runner.run(PARAMETERS)
    assert [stage.status for stage in done.stages] == ["failed", "ok", "not run"]
    two_lessons("00_before_all.ipynb", "print('mended')")
    resumed = runner.run(PARAMETERS, resume=True)
    assert [stage.status for stage in resumed.stages] == ["ok", "ok", "ok"]


def test_what_is_no_lessons_failure_ends_the_run_and_is_raised(two_lessons, monkeypatch):
    def no_space(_):
        raise OSError(28, "No space left on device")

    two_lessons("02_second_thing.ipynb", "print('never')")
    monkeypatch.setattr(work, "_mask_notebook", no_space)
    with pytest.raises(OSError, match="No space left"):
        runner.run(PARAMETERS)
    assert runner.last_run("dev")["status"] == "interrupted"


@pytest.mark.skipif(not kernels.FORKS, reason="kernels are forked on Linux only")
def test_a_forked_kernel_is_found_by_its_run_and_without_the_server_jupyter_starts_one(two_lessons):
    two_lessons("01_first_thing.ipynb", "import os\nprint(os.environ['JPY_PARENT_PID'])")
    two_lessons("02_second_thing.ipynb", "import sys\nprint('dlt' in sys.modules)")
    assert said_by(runner.run(PARAMETERS))[0] == str(os.getpid())
    assert said_by(runner.run(PARAMETERS))[1] == "True"
    os.kill(kernels.server()._process.pid, signal.SIGKILL)
    try:
        kernels.server()._process.wait(10)
        assert said_by(runner.run(PARAMETERS))[1] == "False"
    finally:
        kernels.server.cache_clear()


def said_by(run):
    """What the second cell of each lesson of a run printed."""
    assert run.status == "ok"
    texts = []
    for stage in run.stages:
        cells = nbformat.read(run.folder / stage.notebook, as_version=4).cells
        texts += [cell.outputs[0].text.strip() for cell in cells if cell.id == "body"]
    return texts
