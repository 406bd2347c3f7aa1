"""`course history`: what each run leaves behind, as a table and as a picture."""

import json
import subprocess
import sys

import pandas as pd
import pytest
from support import PARAMETERS

from course.environment import ROOT, settings
from course.history import COLUMNS, history, plot
from course.running import runner
from dlt_pipelines.amazon_products_pipeline import find_target

LOAD = "from dlt_pipelines.amazon_products_pipeline import run\n_ = run(target=target)"


def course(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "course.cli", *arguments], cwd=ROOT, capture_output=True, text=True
    )


def leave(name, text):
    """A run's folder with that in its run.json."""
    (settings().runs / name).mkdir(parents=True)
    (settings().runs / name / "run.json").write_text(
        text if isinstance(text, str) else json.dumps(text), encoding="utf-8"
    )


def account(**changes):
    """A run.json as the first version of the course wrote it: no storage, and of the rows only the
    tables and the last load.
    """
    stages = [
        {"lesson": "01_first_thing", "status": "ok", "seconds": 2.5},
        {"lesson": "02_second_thing", "status": "ok", "seconds": 4.0},
    ]
    rows = {
        "tables": {"amazon_raw.reviews": 10},
        "last_load": {"reviews": {"rows_in": 10, "inserted": 10, "updated": 0, "rejected": 0}},
    }
    return {
        "folder": "2026-01-01_00-00-00",
        "parameters": PARAMETERS,
        "started_at": "2026-01-01T00:00:00",
        "status": "ok",
        "seconds": 6.5,
        "stages": stages,
        "rows": rows,
    } | changes


def test_a_run_records_its_time_its_rows_and_the_size_of_the_warehouse(two_lessons):
    two_lessons("02_second_thing.ipynb", LOAD)
    runner.run(PARAMETERS)
    runner.run(PARAMETERS, first="2")
    frame = history("dev")
    first, second = frame.to_dict("records")
    assert (first["status"], second["status"]) == ("ok", "ok")
    assert frame.started_at.is_monotonic_increasing
    for row in (first, second):
        assert row["file_mib"] == pytest.approx(
            find_target("dev").warehouse.stat().st_size / 1024**2, rel=0.5
        )
        assert 0.1 < row["used_blocks"] * row["block_kib"] / 1024 <= row["file_mib"]
        assert row["free_blocks"] >= 0
        assert row["seconds"] >= row["seconds_02"] > 0
    assert first["seconds_01"] > 0
    assert pd.isna(second["seconds_01"])  # it was skipped
    assert first["rows_in"] > 6000 > 0 == second["loaded"]
    assert 0 < first["loaded"] < first["rows_in"]
    assert first["rejected"] > 0


def test_a_run_that_loads_nothing_does_not_claim_the_load_of_an_earlier_one(two_lessons):
    two_lessons("02_second_thing.ipynb", LOAD)
    runner.run(PARAMETERS)
    two_lessons("02_second_thing.ipynb", "1 / 0")
    runner.run(PARAMETERS)
    last = history("dev").iloc[-1]
    assert (last.status, last.stopped_at) == ("failed", "02_second_thing")
    assert (last.rows_in, last.loaded, last.rejected) == (0, 0, 0)


def test_the_documented_columns_are_those_of_the_frame(two_lessons):
    two_lessons("02_second_thing.ipynb", "print('done')")
    runner.run(PARAMETERS)
    names = [name for name in history("dev") if not name.startswith("seconds_")]
    assert [*names, "seconds_NN"] == list(COLUMNS)
    assert list(history("nowhere")) == names


def test_runs_of_other_targets_stay_out():
    leave("2026-01-01_00-00-00", account())
    leave("2026-01-02_00-00-00", account(parameters=PARAMETERS | {"target": "prod"}, seconds=9.0))
    assert list(history("prod").seconds) == [9.0]
    assert len(history("dev")) == 1


def test_the_newest_run_is_the_last_one_even_within_one_second():
    for number in range(1, 12):
        name = "2026-01-01_00-00-00" + (f"_{number}" if number > 1 else "")
        leave(name, account(folder=name, seconds=float(number)))
    assert list(history("dev").seconds) == [float(number) for number in range(1, 12)]
    assert runner.last_run("dev")["seconds"] == 11


def test_an_account_of_an_older_course_is_shown_with_gaps():
    leave("2026-01-01_00-00-00", account())
    row = history("dev").iloc[0]
    assert (row.seconds, row.seconds_02) == (6.5, 4.0)
    assert pd.isna(row.file_mib) and pd.isna(row.rows_in) and pd.isna(row.free_blocks)
    assert plot(history("dev")).figure.axes


BROKEN = {
    "cut off": json.dumps(account())[:90],
    "empty": "",
    "no object": "[1, 2]",
    "no target": account(parameters={}),
    "stages of another shape": account(stages=["01_first_thing"]),
    "no start": account(started_at=None),
    "text for a number": account(
        storage={
            "file_bytes": "many",
            "wal_bytes": 0,
            "block_bytes": 1,
            "used_blocks": 1,
            "free_blocks": 1,
        }
    ),
    "bytes that are no text": "\udcff",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_account_is_left_out_and_named_and_the_others_are_shown(kind):
    leave("2026-01-01_00-00-00", account())
    broken = settings().runs / "2026-01-02_00-00-00"
    broken.mkdir()
    text = BROKEN[kind] if isinstance(BROKEN[kind], str) else json.dumps(BROKEN[kind])
    (broken / "run.json").write_bytes(text.encode("utf-8", errors="surrogateescape"))
    frame = history("dev")
    assert list(frame.seconds) == [6.5]
    assert frame.attrs["left_out"] == ["2026-01-02_00-00-00"]
    assert runner.last_run("dev")["seconds"] == 6.5


def test_a_run_that_is_interrupted_says_so(two_lessons, monkeypatch):
    two_lessons("02_second_thing.ipynb", "print('never')")

    def control_c(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(runner.Order, "wait", control_c)
    with pytest.raises(KeyboardInterrupt):
        runner.run(PARAMETERS)
    assert list(history("dev").status) == ["interrupted"]


def test_the_command_shows_the_runs_what_it_left_out_and_draws_a_picture(own_state):
    leave("2026-01-01_00-00-00", account())
    leave("2026-01-02_00-00-00", account(seconds=1234.0, started_at="2026-01-02T00:00:00"))
    leave("2026-01-03_00-00-00", "{")
    told = course("history", "--plot", str(own_state / "history.png"))
    assert told.returncode == 0, told.stderr
    lines = told.stdout.splitlines()
    assert next(line for line in lines if "2026-01-02" in line).split()[2:] == ["ok", "1,234"]
    assert max(map(len, lines[:8])) <= 80
    assert "Left out, for their run.json cannot be used: 2026-01-03_00-00-00" in told.stdout
    assert (own_state / "history.png").read_bytes().startswith(b"\x89PNG")


def test_a_picture_that_cannot_be_written_is_told_in_words(own_state):
    leave("2026-01-01_00-00-00", account())
    for name in ("nowhere/history.png", "history.docx"):
        told = course("history", "--plot", str(own_state / name))
        assert told.returncode == 2
        assert "--plot" in told.stderr
        assert "Traceback" not in told.stderr


def test_without_a_run_the_command_says_what_to_do():
    told = course("history", "--target", "prod")
    assert told.returncode == 0
    assert "There are no runs on prod yet. Make one: course run --target prod" in told.stdout


def test_a_picture_names_its_units_and_marks_what_failed():
    leave("2026-01-01_00-00-00", account())
    sizes = {
        "file_bytes": 4 * 1024**2,
        "wal_bytes": 0,
        "block_bytes": 262144,
        "used_blocks": 12,
        "free_blocks": 4,
    }
    leave("2026-01-02_00-00-00", account(status="failed", storage=sizes))
    time, size = plot(history("dev")).figure.axes
    assert time.get_ylabel() == "time (seconds)"
    assert size.get_ylabel() == "warehouse file (MiB)"
    assert "time" in size.get_xlabel()
    assert [text.get_text() for text in time.texts] == ["failed"]
    # 12 blocks of a quarter MiB
    assert [bar.get_height() for bar in size.containers[0]] == [0, 3.0]
    assert [bar.get_height() for bar in size.containers[1]] == [0, 1.0]
    assert [text.get_text() for text in time.get_legend().get_texts()] == ["02", "01"]
