"""Whatever interrupts a load, nothing half-done is seen, and the same command settles it."""

import functools
import gzip
import io
import os
import shutil
import subprocess
import sys
import tarfile
from datetime import date, timedelta

import duckdb
import pytest
from support import ask, lines, review

from course.dbt import dbt
from course.environment import ROOT
from dlt_pipelines import amazon_products_pipeline as pipeline
from dlt_pipelines.amazon_products_pipeline import find_target
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.load import bulk, sources
from tests.campaign.processes import SCRIPT, STRIKE
from tests.campaign.starved import limit_files
from tests.campaign.view import Breaches, look

pytestmark = pytest.mark.slow  # real processes, one after the other: with --all

DAY = date(2025, 11, 30)
EARLIER_VERSION = "bc46228"  # the last that loaded in many commits
PACKAGES = "dlt.common.storages.load_package:PackageStorage"
PIPELINE = "dlt.pipeline.pipeline:Pipeline"
# where a process is killed: all of a load is written, but not yet committed; and behind the commit
WRITTEN = ("dlt.destinations.job_client_impl:SqlJobClientBase.complete_load", 1, "after")
COMMITTED = ("dlt_pipelines.load.commit:OneCommitClient.complete_load", 1, "after")
on_unix = pytest.mark.skipif(os.name == "nt", reason="processes are killed by Unix signals")


def run_struck(at, *options, name="SIGKILL", script=SCRIPT):
    """The script that loads, in a process that kills itself at a call: (function, number, when)."""
    struck = [str(STRIKE), *map(str, at), name]
    command = [sys.executable, *struck, str(script), "--target", "t", *map(str, options)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode != 0, done.stdout
    return done


def seen():
    """What the target `t` shows; none of the rules may be broken."""
    view = look(find_target("t").warehouse)
    assert view.breaches == Breaches()
    return view


def refused(faq, **options):
    """The load is refused, with that entry of the FAQ; gives what it says."""
    with pytest.raises(PipelineError) as caught:
        pipeline.run(target="t", **options)
    assert caught.value.faq == faq
    return caught.value.what


@pytest.fixture
def files(own_state):
    """A folder with a file of 300 reviews."""
    folder = own_state / "in"
    folder.mkdir()
    (folder / "R.jsonl").write_bytes(lines(*map(review, range(300))))
    return folder


# A1: a kill inside dlt's own steps


@on_unix
@pytest.mark.parametrize(
    "at",
    [
        (f"{PACKAGES}.complete_job", 2, "after", "SIGKILL"),
        (f"{PIPELINE}.normalize", 1, "after", "SIGTERM"),
        ("dlt_pipelines.load.landing:Landing.ask", 20, "before", "SIGINT"),
    ],
    ids=["between two jobs", "before the step load", "Ctrl-C while files are looked at"],
)
def test_a1_a_killed_load_is_settled_by_the_same_command_again(files, capfd, at):
    *point, name = at
    run_struck(point, "--source", "files", "--path", files, name=name)
    assert seen().raw == {}
    capfd.readouterr()
    pipeline.run(source="files", path=files, target="t")
    assert seen().raw["amazon_raw.reviews"][0] == 300
    said = capfd.readouterr().err
    was_told = "nothing of it is in the warehouse. Its records are read again" in said
    assert was_told or name == "SIGINT"  # after Ctrl-C the load has cleared away by itself


@on_unix
def test_a1_a_load_killed_behind_its_commit_is_known_to_be_complete(files, capfd):
    run_struck(COMMITTED, "--source", "files", "--path", files)
    assert seen().raw["amazon_raw.reviews"][0] == 300
    capfd.readouterr()
    pipeline.run(source="files", path=files, target="t")
    assert "all of it is in the warehouse" in capfd.readouterr().err
    assert seen().raw["amazon_raw.reviews"][0] == 300


@on_unix
def test_a1_a_load_that_is_killed_while_it_settles_another_is_settled_too(files):
    options = ("--source", "files", "--path", files)
    run_struck((f"{PACKAGES}.complete_job", 1, "after"), *options)
    run_struck(("shutil:rmtree", 2, "after"), *options)
    run_struck(("dlt_pipelines.load.settle:discard_packages", 1, "before"), *options)
    pipeline.run(source="files", path=files, target="t")
    assert seen().raw["amazon_raw.reviews"][0] == 300


# A2: what the earlier version left, which committed job by job


@pytest.fixture(scope="module")
def earlier_script(tmp_path_factory):
    """The script that loads as it was in the earlier version, in a folder of its own."""
    command = ["git", "archive", EARLIER_VERSION, "dlt_pipelines"]
    packed = subprocess.run(command, cwd=ROOT, capture_output=True)
    if packed.returncode:
        pytest.skip(f"the history of this clone does not reach back to {EARLIER_VERSION}")
    folder = tmp_path_factory.mktemp("earlier")
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        safe = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}  # from 3.11.4 on
        archive.extractall(folder, **safe)
    return folder / "dlt_pipelines" / "amazon_products_pipeline.py"


def abort_packages():
    """What the earlier version had a person type after a load that was killed."""
    words = ["dlt", "--target", "t", "-y", "pipeline", "amazon_products", "abort-packages"]
    subprocess.run([sys.executable, "-m", "course.cli", *words], check=True, capture_output=True)


def broken():
    return look(find_target("t").warehouse).breaches


@on_unix
@pytest.mark.slow
@pytest.mark.parametrize("jobs", [2, 3, 4, 5])
def test_a2_an_aborted_package_is_settled_by_the_next_load(own_state, earlier_script, capfd, jobs):
    pipeline.practice_marketplace().write(own_state / "in", day=DAY)
    options = ("--source", "files", "--path", own_state / "in")
    run_struck((f"{PACKAGES}.complete_job", jobs, "after"), *options, script=earlier_script)
    abort_packages()
    assert broken() != Breaches()
    capfd.readouterr()
    pipeline.run(source="files", path=own_state / "in", target="t")
    assert "The books did not add up" in capfd.readouterr().err
    settled = seen()
    pipeline.run(source="files", path=own_state / "in", target="other")
    other = look(find_target("other").warehouse)
    assert settled.raw.keys() == other.raw.keys()
    for table in ("products", "prices", "reviews"):
        assert settled.raw[f"amazon_raw.{table}"] == other.raw[f"amazon_raw.{table}"]


@on_unix
@pytest.mark.slow
def test_a2_a_waiting_package_is_settled_and_models_take_its_rows_once(own_state, earlier_script):
    at = (f"{PACKAGES}.complete_job", 4, "after")
    run_struck(at, "--run-date", DAY, script=earlier_script)
    pipeline.run(target="t", run_date=DAY)
    seen()
    models = ("build", "--select", "+fct_reviews", "+int_product_daily_ratings")
    for _ in range(2):
        dbt(*models, "--exclude-resource-type", "test", "unit_test", target="t")
        view = look(find_target("t").warehouse, built=True)
        assert view.breaches == Breaches()
    (rows,) = ask("t", "select count(*) from marts.fct_reviews")
    assert rows[0] == view.raw["amazon_raw.reviews"][0]


BOOKS, LOADS = "amazon_raw.load_reconciliation", "amazon_raw._dlt_loads"
LAST = f"(select max(load_id) from {LOADS})"
MORE = "rows_in = rows_in + 500, inserted = inserted + 500"
AS_LEFT = {
    "books too high": f"update {BOOKS} set {MORE} where table_name = 'reviews'",
    "books lost": f"delete from {BOOKS} where table_name = 'prices'",
    "rows of no load": "update amazon_raw.reviews set _dlt_load_id = '1.5' where helpful_vote = 0",
    "a load that was not entered": f"delete from {LOADS} where load_id = {LAST}",
    "books of no load": f"insert into {BOOKS} by name select '1.5' as load_id, '1.5' as "
    f"_dlt_load_id, * exclude (load_id, _dlt_load_id) from {BOOKS}",
}


@pytest.mark.parametrize("statement", AS_LEFT.values(), ids=AS_LEFT.keys())
def test_a2_books_that_do_not_add_up_are_corrected_before_the_next_load(own_state, statement):
    pipeline.run(target="t", run_date=DAY - timedelta(days=1))
    pipeline.run(target="t", run_date=DAY)
    good = seen()
    with duckdb.connect(str(find_target("t").warehouse)) as connection:
        connection.execute(statement)
    assert broken() != Breaches()
    pipeline.run(target="t", run_date=DAY)
    assert seen().raw == good.raw
    pipeline.run(target="t", run_date=DAY)
    assert seen().raw == good.raw


@on_unix
def test_a2_what_the_earlier_version_filled_is_taken_over(own_state, earlier_script, capfd):
    words = [sys.executable, str(earlier_script), "--target", "t", "--run-date", str(DAY)]
    subprocess.run(words, check=True, capture_output=True)
    before = seen()
    place = find_target("t")
    place.old_progress.write_text("{}", encoding="utf-8")
    refused("earlier-day", run_date=DAY - timedelta(days=1))
    capfd.readouterr()
    pipeline.run(target="t", run_date=DAY)
    assert "did not add up" not in capfd.readouterr().err
    # The earlier version kept a page's rejected records as DuckDB writes JSON, this one as they
    # came: some stand there in both ways.
    after = seen()
    rejects, rejects_before = (
        view.raw.pop("amazon_raw.rejected_records") for view in (after, before)
    )
    # Reviews are written in other words since then; those that come again are updated.
    reviews, reviews_before = (view.raw.pop("amazon_raw.reviews") for view in (after, before))
    assert (reviews[0], reviews[2]) == (reviews_before[0], reviews_before[2])
    assert after.raw == before.raw
    assert rejects[0] >= rejects_before[0]
    same = (
        "select count(distinct (table_name, source, position, reason)) from "
        "amazon_raw.rejected_records"
    )
    assert ask("t", same) == [(rejects_before[0],)]
    assert not place.old_binding.exists() and not place.old_progress.exists()
    refused("earlier-day", run_date=DAY - timedelta(days=1))  # now from the warehouse
    pipeline.run(target="t", run_date=DAY + timedelta(days=1))
    pipeline.run(target="clean", run_date=DAY + timedelta(days=1))
    grown, clean = seen().raw, look(find_target("clean").warehouse).raw
    assert ask("t", same) == ask("clean", same)
    but_words = "select * exclude (title, text, other_fields, _dlt_load_id) from amazon_raw.reviews"
    assert sorted(map(repr, ask("t", but_words))) == sorted(map(repr, ask("clean", but_words)))
    for table in ("reviews", "rejected_records"):
        del grown[f"amazon_raw.{table}"], clean[f"amazon_raw.{table}"]
    assert grown == clean


# A3: a file that changes while it is read

GOOD = lines(*map(review, range(300)))
CHANGES = {
    "grows by a new key": lambda path: path.write_bytes(GOOD + lines(review(900))),
    "grows by a key that it has": lambda path: path.write_bytes(GOOD + lines(review(1))),
    "is cut off": lambda path: path.write_bytes(GOOD[:5000]),
    "is another of the same size": lambda path: path.write_bytes(GOOD.replace(b"W", b"V")),
    "is gone": lambda path: path.unlink(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a3_a_file_that_changes_behind_the_index_is_noticed(files, monkeypatch, change):
    real = sources.save_changes

    def changing(landing, table):
        if table.name == "reviews":
            change(files / "R.jsonl")
        return real(landing, table)

    assert_noticed(files, monkeypatch, sources, "save_changes", changing)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a3_a_file_that_changes_before_it_is_indexed_is_noticed_too(files, monkeypatch, change):
    real = bulk.take

    def changing(landing, table, found, window):
        if table.name == "reviews":
            change(files / "R.jsonl")
        return real(landing, table, found, window)

    assert_noticed(files, monkeypatch, bulk, "take", changing)


def assert_noticed(files, monkeypatch, module, name, changing):
    pipeline.run(source="files", path=files, target="t")
    before = seen()
    (files / "R.jsonl").write_bytes(GOOD.replace(b"Works.", b"Works!"))
    now = (files / "R.jsonl").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(module, name, changing)
        said = refused("file-changed", source="files", path=files)
    assert "R.jsonl changed while it was read" in said
    assert seen().raw == before.raw
    (files / "R.jsonl").write_bytes(now)
    pipeline.run(source="files", path=files, target="t")
    found = "select count(*), count(distinct text), min(text) from amazon_raw.reviews"
    assert ask("t", found) == [(300, 1, "Works!")]
    seen()


# A4: an old version in one file, its edit in another


def write_versions(folder, endings, versions):
    """One file a version of the same 50 reviews, each with 50 of its own, by name in that order."""
    folder.mkdir(exist_ok=True)
    for number, (ending, version) in enumerate(zip(endings, versions, strict=True)):
        own = [review(n) for n in range(100 * (number + 1), 100 * (number + 1) + 50)]
        content = lines(*(review(n, text=version) for n in range(50)), *own)
        packed = gzip.compress(content) if ending.endswith(".gz") else content
        (folder / f"r{number}{ending}").write_bytes(packed)


@pytest.mark.parametrize(
    "endings",
    [
        (".jsonl", ".jsonl"),
        (".jsonl.gz", ".jsonl"),
        (".jsonl", ".jsonl.gz"),
        (".jsonl.gz", ".jsonl", ".jsonl.gz"),
    ],
    ids="-".join,
)
def test_a4_the_newest_version_wins_and_a_second_run_changes_nothing(own_state, endings):
    versions = [f"version {number}" for number in range(len(endings))]
    write_versions(own_state / "in", endings, versions)
    for time in range(2):
        pipeline.run(source="files", path=own_state / "in", target="t")
        newest = "select distinct text from amazon_raw.reviews where starts_with(text, 'version')"
        assert ask("t", newest) == [(versions[-1],)]
        updated = "select sum(inserted), sum(updated) from amazon_raw.load_reconciliation"
        assert ask("t", updated) == [(50 + 50 * len(endings), 0)], time
        seen()


@on_unix
def test_a4_a_load_killed_between_does_not_bring_an_older_version_back(own_state):
    write_versions(own_state / "in", (".jsonl", ".jsonl.gz"), ("old", "new"))
    pipeline.run(source="files", path=own_state / "in", target="t")
    write_versions(own_state / "in", (".jsonl", ".jsonl.gz"), ("older", "newer"))
    run_struck(WRITTEN, "--source", "files", "--path", own_state / "in")
    texts = "select distinct text from amazon_raw.reviews where timestamp < 1700000000050"
    assert ask("t", texts) == [("new",)]
    pipeline.run(source="files", path=own_state / "in", target="t")
    assert ask("t", texts) == [("newer",)]
    seen()


# A5: what a target is bound to


@on_unix
def test_a5_a_first_load_that_was_killed_binds_the_target_to_nothing(files):
    run_struck(WRITTEN, "--run-date", DAY)
    pipeline.run(source="files", path=files, target="t")
    assert seen().raw["amazon_raw.reviews"][0] == 300
    refused("other-source", run_date=DAY)


@on_unix
def test_a5_a_load_killed_behind_its_commit_has_bound_the_target_to_source_and_day(files):
    run_struck(COMMITTED, "--run-date", DAY)
    refused("earlier-day", run_date=DAY - timedelta(days=1))
    refused("other-source", source="files", path=files)
    before = seen()
    pipeline.run(target="t", run_date=DAY)
    assert seen().raw == before.raw


@on_unix
def test_a5_a_full_refresh_that_was_killed_leaves_the_old_binding_one_behind_its_commit_the_new(
    files,
):
    pipeline.run(source="files", path=files, target="t")
    before = seen()
    run_struck(WRITTEN, "--run-date", DAY, "--full-refresh")
    assert seen().raw == before.raw
    refused("other-source", run_date=DAY)
    run_struck(COMMITTED, "--run-date", DAY, "--full-refresh")
    refused("other-source", source="files", path=files)
    pipeline.run(target="t", run_date=DAY)


# A6: state that cannot be read

UNREADABLE = {
    "empty": b"",
    "cut off": b'{"version": 1, "sour',
    "no text": b"\x00\xff\xfe",
    "a list": b"[]",
    "nothing in it": b"{}",
}
OF_DLT = ("state.json", "schemas/amazon_products.schema.json")


def spoil(name, content):
    path = find_target("t").folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE.keys())
@pytest.mark.parametrize("name", OF_DLT)
def test_a6_a_file_of_dlt_that_cannot_be_read_comes_anew(files, capfd, name, content):
    pipeline.run(source="files", path=files, target="t")
    before = seen()
    spoil(f"dlt/pipelines/amazon_products/{name}", content)
    capfd.readouterr()
    pipeline.run(source="files", path=files, target="t")
    assert f"{name.rpartition('/')[2]}, which dlt keeps" in capfd.readouterr().err
    assert seen().raw == before.raw


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a6_other_files_that_cannot_be_read_stop_no_load(files, content):
    pipeline.run(source="files", path=files, target="t")
    before = seen()
    for name in ("source.json", "unfinished.json", "load.json", "landing/landing.duckdb"):
        spoil(name, content)
    spoil("dlt/pipelines/amazon_products/trace.pickle", content)
    pipeline.run(source="files", path=files, target="t")
    assert seen().raw == before.raw


def test_a6_an_unreadable_binding_of_the_earlier_version_is_put_aside(own_state, capfd):
    place = find_target("t")
    place.folder.mkdir(parents=True)
    duckdb.connect(str(place.warehouse)).close()  # as an earlier load left it, killed at its start
    place.old_binding.write_bytes(b"")
    pipeline.run(target="t", run_date=DAY)
    assert "source.json could not be read; it was put aside" in capfd.readouterr().err
    assert (place.folder / "source.json.unreadable").exists()


def test_a6_the_working_folder_of_dlt_may_be_gone_altogether(own_state):
    pipeline.run(target="t", run_date=DAY)
    before = seen()
    shutil.rmtree(find_target("t").dlt_folder)
    pipeline.run(target="t", run_date=DAY)
    assert seen().raw == before.raw
    rows_in = ask("t", f"select sum(rows_in) from {BOOKS} group by load_id order by load_id")
    assert rows_in[1] < rows_in[0]  # the cursor came back from the warehouse


# A7: dbt on a target whose first load was killed


@on_unix
@pytest.mark.parametrize("at", [WRITTEN, (f"{PACKAGES}.start_job", 1, "before")], ids=["1", "2"])
def test_a7_dbt_builds_nothing_where_no_load_is_complete(files, at):
    run_struck(at, "--source", "files", "--path", files)
    with pytest.raises(PipelineError) as caught:
        dbt("build", target="t")
    assert caught.value.faq == "nothing-loaded"
    pipeline.run(source="files", path=files, target="t")
    dbt("build", "--select", "stg_reviews", "--exclude-resource-type", "test", target="t")


def test_a7_dbt_builds_nothing_where_the_only_load_is_one_that_was_aborted(files):
    pipeline.run(source="files", path=files, target="t")
    with duckdb.connect(str(find_target("t").warehouse)) as connection:
        connection.execute("update amazon_raw._dlt_loads set status = 1")
    with pytest.raises(PipelineError) as caught:
        dbt("run", target="t")
    assert caught.value.faq == "nothing-loaded"


# A full disk, which ends a load as a kill does


@on_unix
@pytest.mark.parametrize("most", [100, 5_000, 50_000, 500_000])
def test_a_full_disk_is_named_and_with_more_room_the_same_command_loads(own_state, most):
    pipeline.practice_marketplace().write(own_state / "in", format="jsonl.gz", day=DAY)
    words = [SCRIPT, "--source", "files", "--path", str(own_state / "in"), "--target", "t"]
    limit = functools.partial(limit_files, most)
    options = {"capture_output": True, "text": True}
    starved = subprocess.run([sys.executable, *words], preexec_fn=limit, **options)
    assert starved.returncode == 1
    assert "There is no room left on the disk" in starved.stderr
    assert "Traceback" not in starved.stderr
    assert seen().raw == {}
    subprocess.run([sys.executable, *words], check=True, **options)
    assert seen().raw["amazon_raw.reviews"][0] > 5000
