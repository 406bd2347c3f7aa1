"""What the course remembers in small files: none is half-written, one that cannot be read is put
aside, and states end.
"""

import json
import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import psutil
import pytest
from support import PARAMETERS, ask, lines, review
from typer.testing import CliRunner

from course import history, notebooks
from course import lesson as lessons
from course.cli import app
from course.clinic import faults, sandbox
from course.environment import settings
from course.exercises import my_work, practice_room
from course.running import runner
from course.running.record import Run, Stage
from dlt_pipelines import amazon_products_pipeline as pipeline
from dlt_pipelines import notes
from dlt_pipelines.amazon_products_pipeline import find_target
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.locks import hold, is_running

GARBLED = {
    "empty": b"",
    "cut off": b'{"05-2": {"state": "ri',
    "a6_no_text": b"\xff\xfe\x00",
    "a6_of_another_type": b"3",
}


@pytest.fixture(params=GARBLED)
def garbled(request):
    """What a file may hold after a crash of the machine."""
    return GARBLED[request.param]


def spoil(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path.with_name(f"{path.name}.unreadable")


def die_in_writing(*_, **__):
    raise OSError("no space left on the device")


# Written whole, or not at all


WRITERS = {
    "a stamp": lambda: lessons.Lesson("03", "marketplace", "", "dev", "", False).stamp(),
    "progress": lambda: practice_room.noted("05", 2).__enter__(),
    "what was copied": lambda: my_work.copy([]),
}


@pytest.mark.parametrize("name", WRITERS)
def test_what_was_there_stays_when_writing_is_cut_short(name, own_state, monkeypatch):
    places = {
        "a stamp": find_target("dev").folder / "stamps" / "03.json",
        "progress": settings().my_work / "progress.json",
        "what was copied": settings().my_work / ".copied.json",
    }
    path, before = places[name], "{}"
    spoil(path, before.encode())
    written = type(path).write_text

    def half(self, text, **options):
        written(self, text[: len(text) // 2], **options)
        die_in_writing()

    monkeypatch.setattr(type(path), "write_text", half)
    with pytest.raises(OSError, match="no space"):
        if name == "progress":
            with practice_room.noted("05", 2) as note:
                note["state"] = "right"
        else:
            WRITERS[name]()
    assert path.read_text(encoding="utf-8") == before
    assert [each.name for each in path.parent.iterdir() if each.suffix != ".lock"] == [path.name]


def test_an_account_that_is_cut_short_leaves_the_one_before(own_state, monkeypatch):
    folder = own_state / "runs" / "one"
    folder.mkdir(parents=True)
    run = Run(folder, PARAMETERS, False, "2026-01-01T00:00:00", [Stage("01_first_thing")])
    run.save()
    before = (folder / "run.json").read_bytes()
    monkeypatch.setattr(type(folder), "replace", die_in_writing)
    run.status = "ok"
    with pytest.raises(OSError, match="no space"):
        run.save()
    assert (folder / "run.json").read_bytes() == before
    assert [each.name for each in folder.iterdir()] == ["run.json"]


# Put aside when it cannot be read


def test_a_stamp_that_cannot_be_read_has_the_stage_done_again(garbled, two_lessons, capsys):
    two_lessons("01_first_thing.ipynb", "lesson.stamp()\nlesson.place.warehouse.touch()")
    two_lessons("02_second_thing.ipynb", "lesson.stamp()")
    lessons.start("02")
    stamp = find_target("dev").folder / "stamps" / "01.json"
    whole = stamp.read_bytes()
    aside = spoil(stamp, garbled)
    lessons.start("02")
    assert stamp.read_bytes() == whole
    assert aside.read_bytes() == garbled
    assert "01.json could not be read; it was put aside" in capsys.readouterr().err


def test_a_source_file_of_an_older_course_that_cannot_be_read_binds_nothing(
    garbled, own_state, capsys
):
    place = find_target("mine")
    (own_state / "in").mkdir()
    (own_state / "in" / "One.jsonl").write_bytes(lines(review(1)))
    place.folder.mkdir(parents=True)
    pipeline.run(source="files", path=own_state / "in", target="mine")
    with pipeline.duckdb.connect(str(place.warehouse)) as connection:
        # as an older course left it: no binding in the state
        connection.execute("delete from amazon_raw._dlt_pipeline_state")
    aside = spoil(place.old_binding, garbled)
    pipeline.run(source="files", path=own_state / "in", target="mine")
    assert ask("mine", "select count(*) from amazon_raw.reviews") == [(1,)]
    assert aside.read_bytes() == garbled
    assert "source.json could not be read" in capsys.readouterr().err


def test_progress_that_cannot_be_read_is_put_aside_and_never_lost(garbled, own_state, capsys):
    path = settings().my_work / "progress.json"
    aside = spoil(path, garbled)
    assert CliRunner().invoke(app, ["progress"]).exit_code == 0
    with practice_room.noted("05", 2) as note:
        note["state"] = "right"
    assert practice_room.read_notes() == {"05-2": {"state": "right"}}
    assert aside.read_bytes() == garbled
    assert capsys.readouterr().err.count("put aside") <= 1
    spoil(path, garbled)
    assert practice_room.read_notes() == {}
    assert (
        aside.read_bytes() == aside.with_name("progress.json.unreadable2").read_bytes() == garbled
    )


def test_a6_progress_with_a_note_that_is_none_is_put_aside_too(own_state):
    aside = spoil(settings().my_work / "progress.json", b'{"05-2": 3, "05-3": {"state": "right"}}')
    assert practice_room.read_notes() == {}
    assert b"05-3" in aside.read_bytes()


def test_without_the_list_of_what_was_copied_nothing_of_a_learner_is_touched(garbled, own_state):
    root, mine = own_state / "repository", settings().my_work / "notebooks"
    for name in ("01_x.ipynb", "02_y.ipynb"):
        (root / "notebooks").mkdir(parents=True, exist_ok=True)
        (root / "notebooks" / name).write_text("first edition", encoding="utf-8")
    files = sorted((root / "notebooks").iterdir())
    my_work.copy(files, root)
    (mine / "01_x.ipynb").write_text("my own notes", encoding="utf-8")
    aside = spoil(settings().my_work / ".copied.json", garbled)
    my_work.copy(files, root)
    assert (mine / "01_x.ipynb").read_text(encoding="utf-8") == "my own notes"
    assert (mine / "01_x.new.ipynb").read_text(encoding="utf-8") == "first edition"
    assert sorted(each.name for each in mine.iterdir()) == [
        "01_x.ipynb",
        "01_x.new.ipynb",
        "02_y.ipynb",
    ], "02 was not touched"
    assert aside.read_bytes() == garbled


def test_what_was_furnished_is_furnished_again(garbled, own_state, monkeypatch):
    loads = []
    monkeypatch.setattr(practice_room.pipeline, "run", lambda **_: loads.append(1))
    monkeypatch.setattr(practice_room.shutil, "copyfile", lambda *_: None)
    room = SimpleNamespace(place=find_target("exercises-03"), set=practice_room.find_set("03"))
    practice_room._furnish(room)
    practice_room._furnish(room)
    assert len(loads) == 1
    spoil(find_target("exercises").folder / "furnished.json", garbled)
    practice_room._furnish(room)
    assert len(loads) == 2
    (find_target("exercises-03").folder / "furnished.json").write_bytes(garbled)
    practice_room._furnish(room)
    assert len(loads) == 2


def test_the_lab_goes_on_without_its_notes(garbled, own_state):
    place = find_target(faults.SANDBOX).folder
    spoil(place / "fault" / "holder.json", garbled)
    sandbox.end_holder()
    assert not (place / "fault" / "holder.json").exists()


def test_a_lock_whose_note_cannot_be_read_is_a_lock_all_the_same(garbled, own_state):
    lock = own_state / "data" / "dev" / "run.lock"
    with hold(lock, "course run (the first)"):
        lock.with_suffix(".json").write_bytes(garbled)
        with (
            pytest.raises(PipelineError, match="it has only just begun"),
            hold(lock, "course run (the second)"),
        ):
            pass


# States end


BLOCK = """
import sys
from pathlib import Path

from course import notebooks

notebooks.NOTEBOOKS = Path(sys.argv[1])
from course.running import runner

runner.run({parameters!r})
"""


@pytest.fixture
def running(two_lessons, tmp_path):
    """A run of two lessons in a process of its own, in the middle of the second; it is ended with
    the test.
    """
    two_lessons(
        "02_second_thing.ipynb",
        "from pathlib import "
        f"Path\nPath({str(tmp_path / 'here')!r}).touch()\nimport "
        "time\ntime.sleep(120)",
    )
    command = [sys.executable, "-c", BLOCK.format(parameters=PARAMETERS), str(notebooks.NOTEBOOKS)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.time() + 60
    while not (tmp_path / "here").exists() and time.time() < until:
        time.sleep(0.1)
    children = psutil.Process(process.pid).children(recursive=True)
    yield process
    for each in children:
        if each.is_running():
            each.kill()
    process.kill()
    process.wait()


def status() -> list[str]:
    return list(history.history("dev").status)


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
def test_a_run_that_is_killed_is_interrupted_and_taken_up_again(running, two_lessons):
    assert status() == ["running"]
    running.send_signal(signal.SIGKILL)
    running.wait(30)
    assert status() == ["interrupted"]
    assert runner.last_run("dev")["status"] == "interrupted"
    two_lessons("02_second_thing.ipynb", "print('done')")
    assert [stage.status for stage in runner.run(PARAMETERS, resume=True).stages] == [
        "skipped",
        "ok",
    ]


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
def test_a6_a_run_that_is_told_to_end_writes_its_account_and_ends_its_kernel(running):
    kernels = psutil.Process(running.pid).children(recursive=True)
    running.send_signal(signal.SIGTERM)
    assert running.wait(60) == 128 + signal.SIGTERM
    written = json.loads(next(settings().runs.glob("*/run.json")).read_text(encoding="utf-8"))
    assert (written["status"], [stage["status"] for stage in written["stages"]]) == (
        "interrupted",
        ["ok", "not run"],
    )
    assert written["seconds"] > 0
    assert kernels and not any(
        each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in kernels
    )
    assert not list(settings().runs.glob("*/progress.txt"))


def account(**changes):
    """The account of a run that ended behind its last lesson."""
    folder = settings().runs / "2026-01-01_00-00-00"
    folder.mkdir(parents=True)
    run = Run(
        folder, PARAMETERS, False, "2026-01-01T00:00:00", [Stage("01_first_thing", "ok", 1.0)]
    )
    for name, value in changes.items():
        setattr(run, name, value)
    run.save()


def test_a_run_that_was_killed_behind_its_last_lesson_has_nothing_to_resume(two_lessons):
    account(process_started=0.0)
    with pytest.raises(PipelineError, match="The last run on dev was complete") as told:
        runner.run(PARAMETERS, resume=True)
    assert told.value.faq == "nothing-to-resume"
    assert status() == ["interrupted"], "no new run was begun"


def test_a6_nor_has_one_that_was_interrupted_there_and_began_in_the_middle(two_lessons):
    account(
        status="interrupted",
        stages=[Stage("01_first_thing", "skipped"), Stage("02_second_thing", "ok", 1.0)],
    )
    with pytest.raises(PipelineError, match="The last run on dev was complete"):
        runner.run(PARAMETERS, resume=True)


def test_a_number_that_another_process_has_by_now_is_not_the_runs_process(own_state):
    started = psutil.Process().create_time()
    assert is_running(os.getpid(), started)
    assert not is_running(os.getpid(), started - 3600)
    account(process_started=started - 3600)
    assert status() == ["interrupted"]


@pytest.mark.parametrize("pid", [None, "7", -1, 2**40, True])
def test_a6_a_process_without_a_number_is_none(pid):
    assert not is_running(pid, 0.0)


def test_a_run_that_is_under_way_is_not_called_interrupted(own_state):
    account()
    assert status() == ["running"]


def test_a_note_is_given_back_as_it_was_written(tmp_path):
    notes.write_note(tmp_path / "deep" / "note.json", {"é": [1, None]})
    assert notes.read_note(tmp_path / "deep" / "note.json", {}) == {"é": [1, None]}
    assert notes.read_note(tmp_path / "none.json", {"a": 1}) == {"a": 1}
