"""Who looks and who loads wait for each other; who must end says so; a cell of SQL is a session."""

import contextlib
import json
import os
import subprocess
import sys
import time
from types import SimpleNamespace

import duckdb
import pandas as pd
import pytest
from support import lines, review
from test_interruptions import run_struck

from course.cli import main
from course.clinic.target_health import examine_target
from course.dbt import dbt
from course.environment import ROOT
from course.warehouse import Connection, query
from dlt_pipelines import amazon_products_pipeline as pipeline
from dlt_pipelines import locks
from dlt_pipelines.amazon_products_pipeline import find_target
from dlt_pipelines.errors import PipelineError
from tests.campaign.processes import SCRIPT

pytestmark = pytest.mark.slow  # real processes, one after the other: with --all

COUNT = "select count(*) as n from amazon_raw.reviews"
on_unix = pytest.mark.skipif(os.name == "nt", reason="processes are ended by Unix signals")


@pytest.fixture
def filled(own_state):
    (own_state / "in").mkdir()
    (own_state / "in" / "r.jsonl").write_bytes(lines(review(1), review(2)))
    pipeline.run(source="files", path=own_state / "in", target="t")
    return find_target("t").warehouse


@contextlib.contextmanager
def held(warehouse, seconds, read_only=False):
    """Another process has the file open, and lets go of it by itself after so many seconds."""
    code = (
        "import duckdb, sys, time; "
        "c = duckdb.connect(sys.argv[1], read_only=sys.argv[3] == 'True'); "
    )
    code += "print('open', flush=True); time.sleep(float(sys.argv[2]))"
    command = [sys.executable, "-c", code, str(warehouse), str(seconds), str(read_only)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


WORK = {
    "a load": lambda state: pipeline.run(source="files", path=state / "in", target="t"),
    "dbt": lambda state: dbt("run", "--select", "stg_reviews", target="t"),
    "a look": lambda state: query(find_target("t").warehouse, COUNT),
    "the account of a load": lambda state: pipeline.reconciliation("t"),
    "dlt's own look": lambda state: pipeline.make_pipeline(find_target("t")).sync_destination(),
}


@pytest.mark.parametrize("read_only", [True, False], ids=["reader", "writer"])
@pytest.mark.parametrize("work", WORK)
def test_c1_whoever_opens_the_warehouse_waits_for_who_has_it_open_and_says_for_whom(
    filled, own_state, monkeypatch, capsys, work, read_only
):
    import dbt.cli.main  # noqa: F401  takes longer than the file is held

    monkeypatch.setenv("COURSE_WAIT_SECONDS", "60")
    with held(filled, 2, read_only) as process:
        WORK[work](own_state)
    assert f"waiting until process {process.pid}" in capsys.readouterr().err


@on_unix
def test_c1_plain_dbt_waits_too(filled, own_state):
    environment = os.environ | {
        "COURSE_WAREHOUSE": str(filled),
        "DBT_TARGET_PATH": str(own_state / "dbt"),
        "DBT_LOG_PATH": str(own_state),
    }
    command = [
        sys.executable,
        "-m",
        "dbt.cli.main",
        "run",
        "--select",
        "stg_reviews",
        "--target",
        "course",
    ]
    with held(filled, 4):
        done = subprocess.run(
            command, cwd=ROOT / "dbt_project", env=environment, capture_output=True, text=True
        )
    assert done.returncode == 0, done.stdout


def test_c1_who_is_not_let_in_is_told_by_whom_and_does_not_wait_for_the_same_holder_twice(
    filled, monkeypatch
):
    monkeypatch.setenv("COURSE_WAIT_SECONDS", "1.5")
    with held(filled, 600) as process:
        tried = []
        for _ in range(2):
            began = time.monotonic()
            with pytest.raises(PipelineError, match=f"held by process {process.pid}") as caught:
                query(filled, COUNT)
            tried.append(time.monotonic() - began)
        assert caught.value.faq == "locked-warehouse"
        assert tried[0] >= 1.5 > tried[1]
    with (
        held(filled, 600) as another,
        pytest.raises(PipelineError, match=f"held by process {another.pid}"),
    ):
        began = time.monotonic()
        query(filled, COUNT)
    assert time.monotonic() - began >= 1.5, "another holder is waited for"


def test_c1_the_doctor_calls_a_target_that_is_being_worked_on_neither_locked_nor_broken(
    filled, own_state, monkeypatch
):
    monkeypatch.setenv("COURSE_WAIT_SECONDS", "0.1")
    with (
        held(filled, 600),
        locks.hold(find_target("t").folder / "load.lock", "course run --target t"),
    ):
        findings = list(examine_target("t"))
    assert [each.detail for each in findings if each.fault] == []
    assert any("course run --target t` is at work" in each.detail for each in findings)


def test_a_time_to_wait_that_is_no_number_is_named(filled, monkeypatch):
    monkeypatch.setenv("COURSE_WAIT_SECONDS", "soon")
    with held(filled, 600), pytest.raises(PipelineError, match="COURSE_WAIT_SECONDS"):
        query(filled, COUNT)


@pytest.mark.parametrize(
    ("command", "environment", "parent", "told"),
    [
        (["/x/python", "-m", "ipykernel_launcher", "-f", "k.json"],
         {"JPY_SESSION_NAME": "/w/my work/03_load.ipynb"}, [],
         "the notebook 03_load.ipynb (process 7)"),
        (["/x/python", "-m", "ipykernel_launcher", "-f", "k.json"],
         {}, ["/x/bin/python", "/x/bin/course", "run", "--target", "prod"],
         "a notebook of `course run --target prod` (process 7)"),
        (["/x/python", "-m", "course.running.kernels", "5"],
         {}, ["/x/bin/python", "/x/bin/course", "run"],
         "a notebook of `course run` (process 7)"),
        (["/x/bin/python3.11", "/x/bin/dbt", "build"], {}, [], "process 7 (dbt build)"),
        (["/usr/bin/duckdb", "data/dev/warehouse.duckdb"], {}, [],
         "process 7 (duckdb data/dev/warehouse.duckdb)"),
    ],
)  # fmt: skip
def test_c11_a_holder_is_named_as_a_person_knows_it(
    monkeypatch, command, environment, parent, told
):
    above = SimpleNamespace(cmdline=lambda: parent)
    if locks.FORKED_KERNEL in command:  # the server that it was forked from is between them
        server = SimpleNamespace(cmdline=lambda: command, parent=lambda: above)
    process = SimpleNamespace(
        cmdline=lambda: command,
        environ=lambda: environment,
        parent=lambda: server if locks.FORKED_KERNEL in command else above,
    )
    monkeypatch.setattr(locks.psutil, "Process", lambda pid: process)
    held_by_7 = duckdb.IOException(
        "Could not set lock on file: Conflicting lock is held in /x/python (PID 7)."
    )
    assert f"is held by {told}." in locks.explain_held(held_by_7, ROOT).what


def statements(filled, *texts, namespace=None):
    """The rows of the last of some statements, run as the cells of a notebook would: `None` ends a
    cell.
    """
    connection = Connection(filled, namespace)
    for text in texts:
        if text is None:
            connection.end_of_cell()
        else:
            rows = connection.cursor().execute(text).fetchall()
    connection.end_of_cell()
    return rows


def test_c7_a_cell_is_one_session_and_nothing_holds_the_file_behind_it(filled):
    there = "select count(*) from duckdb_tables() where table_name = 'kept'"
    assert statements(filled, "begin", "create table kept (a int)", "rollback", there) == [(0,)]
    assert statements(filled, "begin", "create table kept (a int)", None, there) == [(0,)], (
        "not committed: undone with the cell"
    )
    assert statements(filled, "begin", "create table kept (a int)", "commit", None, there) == [(1,)]
    assert statements(filled, "create temp table mine as select 42 as a", "select a from mine") == [
        (42,)
    ]
    assert statements(filled, "set threads = 1", "select current_setting('threads')") == [(1,)]
    with pytest.raises(duckdb.CatalogException):
        statements(filled, "create temp table mine (a int)", None, "from mine")
    with held(filled, 0):  # another process gets it at once
        pass


def test_c7_a_dataframe_of_the_notebook_is_a_table_and_a_failed_statement_ends_with_its_cell(
    filled,
):
    frame = pd.DataFrame({"a": [1, 2, 3]})
    assert statements(filled, "select sum(a) from frame", namespace={"frame": frame}) == [(6,)]
    connection = Connection(filled)
    connection.cursor().execute("begin")
    with pytest.raises(duckdb.Error):
        connection.cursor().execute("select no_such_column from amazon_raw.reviews")
    connection.end_of_cell()
    assert connection.cursor().execute(COUNT).fetchall() == [(2,)]
    connection.end_of_cell()


CELLS = """
from IPython.core.interactiveshell import InteractiveShell
from course.lesson import Lesson, connect_jupysql
shell = InteractiveShell.instance()
lesson = Lesson("99", "files", "", "t", "", False)
shell.user_ns |= {"connect_jupysql": connect_jupysql, "lesson": lesson}
for cell in ("connect_jupysql(lesson)",
             "%%sql\\nbegin; create table kept (a int); rollback;",
             "import pandas as pd\\ndf = pd.DataFrame({'a': [40, 2]})",
             "%%sql total <<\\ncreate temp table twice as select a * 2 as a from df; "
             "select sum(a) as s from twice",
             "print(total)",
             "shown = get_ipython().display_formatter.format(pd.DataFrame({'a': ['x' * 99]}))[0]",
             "print('left' if 'text-align: left\\">' + 'x' * 99 in shown['text/html'] else 'cut')"):
    shell.run_cell(cell).raise_error()
import duckdb
warehouse = __import__("course.lesson", fromlist=["x"]).find_target("t").warehouse
duckdb.connect(str(warehouse), config={"threads": 1}).close()
"""


def test_c7_in_a_notebook_cells_of_sql_are_sessions(filled):
    done = subprocess.run([sys.executable, "-c", CELLS], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr + done.stdout
    assert "84" in done.stdout
    assert "left" in done.stdout  # and how tables look is set up with the connection
    assert (
        query(filled, "select count(*) as n from duckdb_tables() where table_name = 'kept'").n[0]
        == 0
    )


# Ctrl-C and SIGTERM

AT = {
    "reading the files": ("dlt_pipelines.load.bulk:everything_sql", 1, "before"),
    "in dlt's extract": ("dlt.extract.extract:Extract.extract", 1, "before"),
    "in dlt's load": ("dlt.load.load:Load.load_single_package", 1, "before"),
    "in the transaction": ("dlt_pipelines.load.account:Account._check", 1, "before"),
}


@on_unix
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("at", AT)
def test_c11_a_load_that_is_told_to_end_says_what_is_safe_and_what_to_type(
    filled, own_state, at, name
):
    (own_state / "in" / "more.jsonl").write_bytes(lines(*map(review, range(3, 9))))
    done = run_struck(AT[at], "--source", "files", "--path", own_state / "in", name=name)
    assert done.returncode == 130
    assert "The load was interrupted" in done.stderr
    assert "FAQ.md#interrupted" in done.stderr
    assert "Traceback" not in done.stderr
    assert query(filled, COUNT).n[0] == 2, "it ends at once, not behind the commit"
    again = subprocess.run(
        [
            sys.executable,
            SCRIPT,
            "--target",
            "t",
            "--source",
            "files",
            "--path",
            str(own_state / "in"),
        ]
    )
    assert again.returncode == 0
    assert query(filled, COUNT).n[0] == 8


@on_unix
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_c11_a_command_that_is_told_to_end_in_dbt_says_so_and_names_no_yaml(filled, name):
    script = (
        "import sys; from course.dbt import dbt; from course import cli; cli.app = lambda: "
        "dbt('run', target='t'); cli.main()"
    )
    program = filled.parent / "program.py"
    program.write_text(script)
    done = run_struck(
        ("dbt.task.compile:CompileRunner.compile", 1, "before"), name=name, script=program
    )
    assert done.returncode == 130, done.stderr
    assert "dbt was interrupted" in done.stderr
    assert "YAML" not in done.stderr
    assert len(dbt("run", "--select", "stg_reviews", target="t")) == 1


# What the system refuses

REFUSED = {
    "full-disk": [OSError(28, "No space left on device"), OSError(27, "File too large")],
    "cannot-write": [
        PermissionError(13, "Permission denied", "runs"),
        OSError(30, "Read-only file system"),
    ],
    "open-files": [OSError(24, "Too many open files")],
}


@pytest.mark.parametrize(
    ("faq", "error"), [(faq, error) for faq, errors in REFUSED.items() for error in errors]
)
def test_c10_what_the_system_refuses_is_told_in_words_whichever_command_meets_it(
    monkeypatch, capsys, faq, error
):
    def refuse():
        raise error

    monkeypatch.setattr("course.cli.app", refuse)
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr().err
    assert ended.value.code == 1
    assert f"FAQ.md#{faq}" in said
    assert "Traceback" not in said


@pytest.mark.skipif(
    not sys.platform.startswith("linux"),
    reason="/sys is a folder that nobody may write to on Linux only",
)
def test_c10_what_duckdb_says_of_a_refusal_is_known(own_state):
    """DuckDB gives no number, so its own words are looked at: here it says them."""
    script = f"""
import duckdb, resource, signal, sys
from dlt_pipelines.system_errors import explain_refused
def told(kind, *limits):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    for limit, most in limits:
        resource.setrlimit(limit, (most, most))
    path = {str(own_state / "w.duckdb")!r} if kind != "cannot-write" else "/sys/w.duckdb"
    try:
        with duckdb.connect(path) as connection:
            connection.execute(
                "create table t as select range::varchar || 'x' as a from range(1_000_000)"
            )
    except Exception as error:
        print(explain_refused(error).faq)
told("cannot-write")
told("full-disk", (resource.RLIMIT_FSIZE, 50_000))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.split() == ["cannot-write", "full-disk"], done.stderr + done.stdout


def test_c10_another_error_of_the_system_stays_what_it_is(monkeypatch, capsys):
    def refuse():
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("course.cli.app", refuse)
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr().err
    assert ended.value.code == 1
    assert "Traceback" in said
    assert "OSError: [Errno 5] Input/output error" in said
    assert "FAQ.md" not in said


def test_c10_the_doctor_measures_the_disks_that_are_written_to(own_state, monkeypatch):
    from course import doctor

    usage = {"data": 0.05, "runs": 50, "my_work": 50}
    for name in usage:
        (own_state / name).mkdir(exist_ok=True)
    monkeypatch.setattr(
        doctor.shutil,
        "disk_usage",
        lambda folder: SimpleNamespace(free=usage.get(folder.name, 50) * 1e9),
    )
    finding = doctor._machine()
    assert finding.fault == "full-disk"
    assert "disk of data" in finding.detail
    usage["data"] = 1
    assert doctor._machine().state == "note"
    monkeypatch.setattr(doctor.os, "access", lambda folder, mode: folder.name != "runs")
    assert doctor._machine().fault == "cannot-write"
    assert json.dumps(doctor._machine().detail).count("runs")


# What the doctor says of records that were turned down


def without(field):
    return [
        {name: value for name, value in review(n).items() if name != field} for n in range(100, 300)
    ]


TURNED_DOWN = {
    "field-vanished": without("user_id"),
    "type-changed": [review(n, rating="four stars") for n in range(100, 300)],
    "wrong-clock": [review(n, timestamp=4_000_000_000_000 + n) for n in range(100, 300)],
    "rejected-records": [review(n, rating=float(n)) for n in range(100, 300)],
}


@pytest.mark.parametrize("fault", TURNED_DOWN)
def test_b12_the_doctor_names_why_records_were_turned_down_each_time(own_state, fault):
    (own_state / "in").mkdir()
    (own_state / "in" / "early.jsonl").write_bytes(
        lines(*[review(n, rating="worst") for n in range(500, 560)], review(1))
    )
    pipeline.run(source="files", path=own_state / "in", target="t")
    (own_state / "in" / "early.jsonl").unlink()
    (own_state / "in" / "r.jsonl").write_bytes(lines(*TURNED_DOWN[fault], *map(review, range(20))))
    for _ in range(2):
        pipeline.run(source="files", path=own_state / "in", target="t")
        found = [each for each in examine_target("t") if each.looked_at == "raw tables"]
        assert [each.fault for each in found] == [fault], found
        assert "None" not in found[0].detail


def test_c_a_clock_that_was_set_back_is_named(monkeypatch):
    from course import doctor

    assert doctor._clock().state == "ok"
    now = time.time()
    monkeypatch.setattr(doctor.time, "time", lambda: now - 40 * 24 * 3600 - 10**9)
    assert doctor._clock().fault == "wrong-clock"
