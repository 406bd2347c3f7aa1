"""`course run`: what it executes, what it leaves, where it stops, and how it goes on."""

import json
import subprocess
import sys
import time

import duckdb
import nbformat
import pytest
from support import PARAMETERS, ask

from course import lesson as lessons
from course import notebooks
from course.dbt import dbt
from course.environment import ROOT, settings
from course.running import figures, runner
from course.warehouse import opened
from dlt_pipelines import amazon_products_pipeline as pipeline
from dlt_pipelines.amazon_products_pipeline import find_target
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.locks import hold


def course(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "course.cli", *arguments], capture_output=True, text=True, **options
    )


def test_a_run_leaves_the_executed_notebooks_an_account_and_a_report(two_lessons):
    two_lessons("02_second_thing.ipynb", "print(full_refresh)")
    done = runner.run(PARAMETERS | {"run_date": "2025-06-30"})
    assert done.status == "ok"
    assert sorted(p.name for p in done.folder.iterdir()) == [
        "01_first_thing.ipynb",
        "02_second_thing.ipynb",
        "report.html",
        "run.json",
    ]
    executed = nbformat.read(done.folder / "01_first_thing.ipynb", as_version=4)
    assert any("dev 2025-06-30" in o.text for c in executed.cells for o in c.get("outputs", []))
    account = json.loads((done.folder / "run.json").read_text(encoding="utf-8"))
    assert [s["status"] for s in account["stages"]] == ["ok", "ok"]
    assert account["parameters"]["run_date"] == "2025-06-30"
    assert account["versions"]["duckdb"]
    assert all(s["seconds"] > 0 for s in account["stages"])
    page = (done.folder / "report.html").read_text(encoding="utf-8")
    assert "The run went through" in page
    assert "02_second_thing" in page
    assert "http://" not in page.split("</style>")[1]


def test_the_account_sums_the_files_of_a_load_and_counts_what_has_no_counterpart(own_state):
    folder = own_state / "in"
    folder.mkdir()
    (folder / "meta_Tools.jsonl").write_text(
        '{"parent_asin": "p"}\n{"parent_asin": "quiet"}\n', encoding="utf-8"
    )
    review = (
        '{{"user_id": "{}", "asin": "a", "parent_asin": "{}", "timestamp": 1750000000000, '
        '"rating": 5}}\n'
    )
    (folder / "One.jsonl").write_text(
        review.format("ann", "p") + review.format("bob", "strange"), encoding="utf-8"
    )
    (folder / "Two.jsonl").write_text(review.format("cat", "strange"), encoding="utf-8")
    began = time.time()
    pipeline.run(source="files", path=folder)
    dbt("run")
    rows = figures.rows_of(find_target("dev").warehouse, began)
    assert rows["last_load"]["reviews"]["inserted"] == 3
    assert rows["unmatched"] == {"products": [1, 2], "reviews": [2, 3]}
    # a run that loads nothing shows the load before it
    later = figures.rows_of(find_target("dev").warehouse, time.time())
    assert later["last_load"] and later["this_run"]["rows_in"] == 0


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (
            f"alter table {pipeline.DATASET}.load_reconciliation rename rows_in to rows_read",
            "rows_in",
        ),
        (f"alter table {pipeline.DATASET}.load_reconciliation rename load_id to load", "load_id"),
    ],
)
def test_a_query_that_fails_is_told_and_is_no_empty_warehouse(two_lessons, capsys, fault, said):
    pipeline.run(target="dev")
    with opened(find_target("dev").warehouse) as connection:
        connection.execute(fault)
    two_lessons("02_second_thing.ipynb", "print('nothing to do')")
    done = runner.run(PARAMETERS)
    assert done.rows == {} and "BinderException" in done.unread and said in done.unread
    assert json.loads((done.folder / "run.json").read_text())["unread"] == done.unread
    runner.tell(done, runner.Console())
    assert said in capsys.readouterr().out
    assert said in (done.folder / "report.html").read_text(encoding="utf-8")


def test_d6_a_table_of_whatever_name_is_counted():
    pipeline.run(target="dev")
    warehouse = find_target("dev").warehouse
    with opened(warehouse) as connection:
        connection.execute("""create schema "a b"; create table "a b"."it's ""x""; drop" (a int)""")
        connection.execute("""insert into "a b"."it's ""x""; drop" values (1), (2)""")
    assert figures.rows_of(warehouse, 0)["tables"]['a b.it\'s "x"; drop'] == 2


def test_no_warehouse_and_one_of_which_no_load_is_complete_have_no_rows_and_no_reason(two_lessons):
    place = find_target("dev")
    assert figures.rows_of(place.warehouse, 0) == figures.storage_of(place.warehouse) == {}
    place.folder.mkdir(parents=True)
    duckdb.connect(str(place.warehouse)).close()
    assert figures.rows_of(place.warehouse, 0) == {}
    two_lessons("02_second_thing.ipynb", "print('nothing to do')")
    assert runner.run(PARAMETERS).unread == ""


def test_a_failure_stops_the_run_and_names_lesson_cell_error_and_faq_entry(two_lessons, capsys):
    two_lessons(
        "02_second_thing.ipynb",
        "from dlt_pipelines.errors import PipelineError\nraise PipelineError('It broke.', "
        "cause='c', fix='f', faq='nothing-loaded')",
    )
    two_lessons("03_third_thing.ipynb", "print('never')")
    done = runner.run(PARAMETERS)
    assert (done.status, [s.status for s in done.stages]) == ("failed", ["ok", "failed", "not run"])
    assert (done.failed.cell, done.failed.faq) == ("body", "FAQ.md#nothing-loaded")
    runner.tell(done, runner.Console())
    told = capsys.readouterr().out
    for part in ("02_second_thing", "body", "It broke.", "FAQ.md#nothing-loaded", "report.html"):
        assert part in told
    page = (done.folder / "report.html").read_text(encoding="utf-8")
    assert "The run stopped" in page
    assert "It broke." in page


def test_resume_takes_up_where_the_run_stopped(two_lessons):
    two_lessons("02_second_thing.ipynb", "1 / 0")
    assert runner.run(PARAMETERS).status == "failed"
    two_lessons("02_second_thing.ipynb", "print('mended')")
    done = runner.run(PARAMETERS, resume=True)
    assert [s.status for s in done.stages] == ["skipped", "ok"]
    with pytest.raises(PipelineError) as nothing:
        runner.run(PARAMETERS, resume=True)
    assert nothing.value.faq == "nothing-to-resume"


def test_from_begins_with_a_lesson_and_refuses_one_that_is_not_there(two_lessons):
    two_lessons("02_second_thing.ipynb", "print('second')")
    assert [s.status for s in runner.run(PARAMETERS, first="2").stages] == ["skipped", "ok"]
    with pytest.raises(PipelineError) as unknown:
        runner.run(PARAMETERS, first="77")
    assert unknown.value.faq == "no-such-lesson"


def test_stages_only_leaves_the_demonstrations_out(two_lessons):
    two_lessons("02_second_thing.ipynb", "print('work')")
    done = runner.run(PARAMETERS, stages_only=True)
    text = (done.folder / "02_second_thing.ipynb").read_text(encoding="utf-8")
    assert "work" in text
    assert "shown" not in text


def test_stages_only_starts_no_kernel_for_a_lesson_without_a_stage(two_lessons):
    two_lessons("02_second_thing.ipynb", "print('work')")
    second = notebooks.NOTEBOOKS / "02_second_thing.ipynb"
    notebook = nbformat.read(second, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if cell.id != "body"]
    nbformat.write(notebook, second)
    assert [s.status for s in runner.run(PARAMETERS, stages_only=True).stages] == ["ok", "skipped"]
    nbformat.write(notebook, notebooks.NOTEBOOKS / "00_before_all.ipynb")
    assert [s.status for s in runner.run(PARAMETERS, stages_only=True).stages] == [
        "skipped",
        "ok",
        "skipped",
    ]
    (notebooks.NOTEBOOKS / "00_before_all.ipynb").unlink()
    assert [s.status for s in runner.run(PARAMETERS).stages] == ["ok", "ok"]
    assert [s.status for s in runner.run(PARAMETERS, first="02", stages_only=True).stages] == [
        "skipped",
        "ok",
    ], "asked for by name"


def test_a_second_run_on_a_busy_target_says_who_holds_it(two_lessons):
    with hold(find_target("dev").folder / "run.lock", "course run (the first)"):
        told = course("run", cwd=ROOT)
    assert told.returncode == 1
    assert "course run (the first)" in told.stderr
    assert "FAQ.md#target-busy" in told.stderr


def test_unknown_options_and_parameters_are_errors():
    for arguments in (
        ["run", "--targte", "x"],
        ["run", "extra"],
        ["run", "--run-date", "yesterday"],
        ["run", "--from", "05", "--resume"],
    ):
        assert course(*arguments).returncode == 2, arguments


def test_every_command_has_a_help_page_that_says_what_it_does():
    overview = course("--help").stdout
    commands = (
        "run",
        "lab",
        "start",
        "reset",
        "progress",
        "test",
        "refresh",
        "release",
        "grade",
        "slides",
        "docs",
    )
    for command in (*commands, "history", "alert", "doctor", "break", "heal"):
        assert command in overview
        assert len(course(command, "--help").stdout.splitlines()) > 8


def test_a_lesson_opened_first_does_what_earlier_lessons_would_have_done(own_state):
    lesson = lessons.start("07")
    stamps = sorted(p.stem for p in (find_target("dev").folder / "stamps").iterdir())
    assert stamps == ["03", "05", "06"]
    assert lesson.query("select count(*) as n from marts.fct_reviews").n[0] == 6000
    written = [(p, p.stat().st_mtime_ns) for p in (find_target("dev").folder / "stamps").iterdir()]
    lessons.start("07")
    assert written == [(p, p.stat().st_mtime_ns) for p, _ in written]
    lessons.start("07", run_date="2025-06-30", target="june")
    assert ask("june", "select max(reviewed_on)::varchar from marts.fct_reviews") == [
        ("2025-06-30",)
    ]


def test_a_lesson_on_files_needs_nothing_but_the_path(own_state):
    from dlt_pipelines.marketplace import Marketplace

    Marketplace(items=200, reviews=3000).write(own_state / "in")
    lesson = lessons.start("07", source="files", path=str(own_state / "in"), target="mine")
    assert lesson.query("select count(*) as n from marts.fct_reviews").n[0] == 3000


def test_the_workspace_of_the_tests_is_not_the_users(own_state):
    assert settings().runs == own_state / "runs"
    assert not find_target("dev").folder.is_relative_to(ROOT)


def test_a_dbt_selection_that_matches_nothing_is_an_error():
    done = course("dbt", "ls", "--select", "dim_productz")
    assert done.returncode != 0
    assert "dim_productz" in done.stdout
