"""The load: both ways in, day after day, again and again, and what it says when it cannot."""

import subprocess
import sys
import threading
from datetime import date, timedelta

import dlt
import duckdb
import pytest
from support import ask, fingerprints

from course.environment import ROOT
from dlt_pipelines import amazon_products_pipeline as pipeline
from dlt_pipelines.amazon_products_pipeline import find_target
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.load import sources

DAY = date(2025, 11, 30)


def last_load(target, table):
    """(rows_in, inserted, updated, unchanged, duplicates, rejected) of the last load."""
    return ask(
        target,
        "select sum(rows_in), sum(inserted), sum(updated), sum(unchanged), "
        "sum(duplicates), sum(rejected) "
        "from amazon_raw.load_reconciliation "
        f"where table_name = '{table}' and "
        "load_id = (select max(load_id) from amazon_raw.load_reconciliation)",
    )[0]


def test_the_same_day_through_api_and_files_gives_the_same_raw_tables(own_state):
    pipeline.run(target="api", run_date=DAY)
    pipeline.practice_marketplace().write(own_state / "in", day=DAY)
    pipeline.run(source="files", path=own_state / "in", target="files")
    assert last_load("api", "reviews") == last_load("files", "reviews")
    api, files = (fingerprints(target, "amazon_raw") for target in ("api", "files"))
    for table in ("products", "prices", "reviews"):
        assert api[f"amazon_raw.{table}"] == files[f"amazon_raw.{table}"]
        assert api[f"amazon_raw.{table}"][0] > 0
    rejects = "select table_name, position, reason from amazon_raw.rejected_records order by all"
    assert ask("api", rejects) == ask("files", rejects) != []


def test_every_record_of_the_marketplace_is_accounted_for(own_state):
    truth = pipeline.practice_marketplace().truth()["counts"]
    pipeline.run()
    rows_in, inserted, updated, unchanged, duplicates, rejected = last_load("dev", "reviews")
    assert inserted == truth["distinct_reviews"]
    assert duplicates == truth["duplicates"] + truth["edits"]
    assert rejected == truth["malformed_reviews"]
    assert (updated, unchanged) == (0, 0)
    assert rows_in == truth["review_records"] == inserted + duplicates + rejected
    assert last_load("dev", "products")[5] == truth["malformed_items"]
    assert ask("dev", "select count(*) from amazon_raw.rejected_records") == [
        (rejected + truth["malformed_items"],)
    ]


def test_a_second_load_of_the_same_day_changes_nothing_and_reads_only_what_may_be_late(own_state):
    pipeline.run()
    first, read_first = fingerprints("dev", "amazon_raw"), last_load("dev", "reviews")[0]
    pipeline.run()
    second, (rows_in, inserted, updated, *_) = (
        fingerprints("dev", "amazon_raw"),
        last_load("dev", "reviews"),
    )
    for table in ("products", "prices", "reviews", "rejected_records"):
        assert second[f"amazon_raw.{table}"] == first[f"amazon_raw.{table}"]
    assert (inserted, updated) == (0, 0)
    assert 0 < rows_in < read_first / 4


def test_late_and_edited_reviews_arrive_though_the_cursor_has_passed_them(own_state):
    market = pipeline.practice_marketplace()
    for back in range(12, -1, -3):
        pipeline.run(run_date=DAY - timedelta(days=back))
    pipeline.run(target="once", run_date=DAY)
    grown, once = fingerprints("dev", "amazon_raw"), fingerprints("once", "amazon_raw")
    assert grown["amazon_raw.reviews"] == once["amazon_raw.reviews"]
    seen = [
        e
        for e in market.truth()["edited"]
        if DAY - timedelta(days=12) < date.fromisoformat(e["arrived_on"]) <= DAY
    ]
    assert seen
    for edit in seen:
        where = (
            f"user_id = '{edit['user_id']}' and asin = '{edit['asin']}' and timestamp = "
            f"{edit['timestamp']}"
        )
        assert ask("dev", f"select rating from amazon_raw.reviews where {where}") == [
            (edit["rating"],)
        ]


def test_days_can_be_backfilled_without_harm_and_the_clock_never_runs_back(own_state):
    pipeline.run()
    before = fingerprints("dev", "amazon_raw")
    with duckdb.connect(str(pipeline.find_target("dev").warehouse)) as warehouse:
        lost = warehouse.execute(
            "delete from amazon_raw.reviews where epoch_ms(timestamp)::date between '2025-03-10' "
            "and '2025-03-12' returning 1"
        ).fetchall()
    assert lost
    pipeline.run(from_date=date(2025, 3, 10), to_date=date(2025, 3, 12))
    assert last_load("dev", "reviews")[1] == len(lost)
    # an earlier day must not bring back older versions
    with pytest.raises(PipelineError) as caught:
        pipeline.run(run_date=date(2025, 6, 1))
    assert caught.value.faq == "earlier-day"
    after = fingerprints("dev", "amazon_raw")
    for table in ("products", "prices", "reviews"):
        assert after[f"amazon_raw.{table}"] == before[f"amazon_raw.{table}"]


def test_a_full_refresh_loads_the_same_again(own_state):
    pipeline.run(run_date=DAY)
    before = fingerprints("dev", "amazon_raw")
    pipeline.run(run_date=DAY, full_refresh=True)
    after = fingerprints("dev", "amazon_raw")
    assert all(
        after[f"amazon_raw.{t}"] == before[f"amazon_raw.{t}"]
        for t in ("products", "prices", "reviews")
    )
    assert last_load("dev", "reviews")[1] == after["amazon_raw.reviews"][0]


def test_files_can_be_cut_off_at_a_run_date(own_state):
    pipeline.practice_marketplace().write(own_state / "in")
    pipeline.run(source="files", path=own_state / "in", target="cut", run_date=date(2025, 6, 30))
    newest = ask("cut", "select max(epoch_ms(timestamp)::date)::varchar from amazon_raw.reviews")
    assert newest == [("2025-06-30",)]


def test_parquet_files_load_like_the_json_lines_they_were_made_with(own_state):
    market = pipeline.practice_marketplace()
    market.write(own_state / "parquet", format="parquet")
    market.write(own_state / "jsonl")
    for kind in ("parquet", "jsonl"):
        pipeline.run(source="files", path=own_state / kind, target=kind)
    same = (
        "select count(*), sum(rating), sum(helpful_vote), sum(timestamp::hugeint)::varchar, "
        "count(distinct user_id) from amazon_raw.reviews"
    )
    assert ask("parquet", same) == ask("jsonl", same)
    assert (
        fingerprints("parquet", "amazon_raw")["amazon_raw.prices"]
        == fingerprints("jsonl", "amazon_raw")["amazon_raw.prices"]
    )


def test_a_target_filled_from_elsewhere_is_refused_until_it_is_filled_anew(own_state, monkeypatch):
    pipeline.run(run_date=DAY)
    monkeypatch.setenv("MARKETPLACE__SEED", "4")
    with pytest.raises(PipelineError) as caught:
        pipeline.run(run_date=DAY)
    assert caught.value.faq == "other-source"
    assert "seed 3 instead of 4" in caught.value.what
    pipeline.run(run_date=DAY, full_refresh=True)
    other = ask("dev", "select count(*) from amazon_raw.reviews")
    pipeline.run(target="other", run_date=DAY)
    assert ask("other", "select count(*) from amazon_raw.reviews") == other


def test_a_dropped_table_is_named_and_the_next_load_need_not_be_helped_but_by_a_full_refresh(
    own_state,
):
    pipeline.run(run_date=DAY)
    with duckdb.connect(str(pipeline.find_target("dev").warehouse)) as warehouse:
        warehouse.execute("drop table amazon_raw.reviews")
    for _ in range(2):
        with pytest.raises(PipelineError) as failed:
            pipeline.run(run_date=DAY + timedelta(days=1))
        assert failed.value.faq == "dropped-table"
        assert "reviews does not exist" in failed.value.what
    pipeline.run(run_date=DAY + timedelta(days=1), full_refresh=True)
    pipeline.run(target="clean", run_date=DAY + timedelta(days=1))
    assert (
        fingerprints("dev", "amazon_raw")["amazon_raw.reviews"]
        == fingerprints("clean", "amazon_raw")["amazon_raw.reviews"]
    )


def test_an_error_names_the_process_that_holds_the_warehouse(own_state):
    pipeline.run(run_date=DAY)
    warehouse = pipeline.find_target("dev").warehouse
    holding = (
        f"import duckdb; held = duckdb.connect({str(warehouse)!r}); print('held', "
        "flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holding], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        holder.stdout.readline()
        with pytest.raises(PipelineError) as caught:
            pipeline.run(run_date=DAY)
        holder.communicate("\n")
    assert caught.value.faq == "locked-warehouse"
    assert f"process {holder.pid}" in caught.value.what
    pipeline.run(run_date=DAY)


def test_two_loads_of_one_target_at_once_are_refused_by_name(own_state):
    place = pipeline.find_target("dev")
    inside, leave = threading.Event(), threading.Event()

    def first():
        with pipeline.hold(place.folder / "load.lock", "a first load"):
            inside.set()
            leave.wait(30)

    thread = threading.Thread(target=first)
    thread.start()
    inside.wait(30)
    try:
        with pytest.raises(PipelineError) as caught:
            pipeline.run()
    finally:
        leave.set()
        thread.join()
    assert caught.value.faq == "target-busy"
    assert "a first load" in caught.value.what


@pytest.mark.parametrize(
    "options",
    [
        {"source": "elsewhere"},
        {"source": "files"},
        {"path": "x"},
        {"from_date": date(2025, 2, 1), "to_date": date(2025, 1, 1)},
        {"run_date": date(2025, 1, 1), "from_date": date(2025, 2, 1)},
        {"run_date": date(2026, 1, 5)},
        {"full_refresh": True, "from_date": date(2025, 2, 1)},
    ],
)
def test_options_that_do_not_fit_are_refused(own_state, options):
    with pytest.raises(PipelineError) as caught:
        pipeline.run(**options)
    assert caught.value.faq == "options-that-do-not-fit"


def test_a_target_cannot_leave_the_data_folder(own_state):
    for name in ("../elsewhere", "a/b", "", "."):
        with pytest.raises(PipelineError) as caught:
            pipeline.run(target=name)
        assert caught.value.faq == "target-name"


@pytest.mark.parametrize("place", ["the repository", "dlt_pipelines", "elsewhere"])
def test_the_script_runs_alone_from_any_folder_and_leaves_nothing_in_it(own_state, place):
    folder = {"the repository": ROOT, "dlt_pipelines": ROOT / "dlt_pipelines"}.get(
        place, own_state / place
    )
    folder.mkdir(exist_ok=True)
    before = sorted(p.name for p in folder.iterdir())
    script = str(ROOT / "dlt_pipelines" / "amazon_products_pipeline.py")
    done = subprocess.run(
        [sys.executable, "-P", script, "--target", "t"], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "reviews" in done.stdout
    assert (own_state / "data" / "t" / "warehouse.duckdb").exists()
    assert sorted(p.name for p in folder.iterdir()) == before


def test_dlt_commands_read_the_state_of_a_target(own_state):
    pipeline.run(run_date=DAY)
    for word, expected in {"info": "reviews with 1 table(s)", "trace": "Run started at"}.items():
        command = [sys.executable, "-m", "course.cli", "dlt", "pipeline", "amazon_products", word]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert expected in told


def test_arrow_loads_keep_dlts_load_ids(own_state):
    # the switch is in .dlt/config.toml; without it no row would say which load brought it
    pipeline.run(run_date=DAY)
    assert ask(
        "dev",
        "select count(*) from amazon_raw.reviews where _dlt_load_id not in (select "
        "load_id from amazon_raw._dlt_loads)",
    ) == [(0,)]
    assert dlt.config.get("normalize.parquet_normalizer.add_dlt_load_id", bool)


def test_a_backfill_looks_at_the_day_that_the_target_has_seen(own_state):
    pipeline.run(run_date=date(2025, 6, 30))
    before = fingerprints("dev", "amazon_raw")
    pipeline.run(from_date=date(2025, 3, 1), to_date=date(2025, 3, 31))
    after = fingerprints("dev", "amazon_raw")
    assert all(
        after[f"amazon_raw.{t}"] == before[f"amazon_raw.{t}"]
        for t in ("products", "prices", "reviews")
    )
    pipeline.run(run_date=date(2025, 7, 1))
    assert last_load("dev", "reviews")[0] < before["amazon_raw.reviews"][0] / 4


def test_a_load_that_failed_binds_the_target_to_nothing(own_state):
    empty = own_state / "in"
    empty.mkdir()
    (empty / "R.jsonl").write_bytes(b"")
    with pytest.raises(PipelineError):
        pipeline.run(source="files", path=empty)
    pipeline.run(run_date=DAY)
    assert last_load("dev", "reviews")[1] > 0


def test_a_load_whose_rows_do_not_arrive_is_an_error_and_leaves_nothing(own_state, monkeypatch):
    real = sources.changes
    monkeypatch.setattr(sources, "changes", lambda *a: (rows.slice(1) for rows in real(*a)))
    with pytest.raises(PipelineError) as caught:
        pipeline.run(run_date=DAY)
    assert caught.value.faq == "does-not-add-up"
    assert ask("dev", "select count(*) from amazon_raw.products") == [(0,)]
    monkeypatch.setattr(sources, "changes", real)
    pipeline.run(run_date=DAY)
    assert (
        last_load("dev", "products")[1]
        == ask("dev", "select count(*) from amazon_raw.products")[0][0]
        > 0
    )


def test_a_connection_left_open_in_this_process_is_named(own_state):
    pipeline.run(run_date=DAY)
    warehouse = pipeline.find_target("dev").warehouse
    with duckdb.connect(str(warehouse)), pytest.raises(PipelineError) as caught:
        pipeline.run(run_date=DAY)
    assert caught.value.faq == "locked-warehouse"


def test_dlt_is_told_that_no_key_comes_twice_in_a_load(own_state):
    pipeline.run(run_date=DAY)
    table = pipeline.make_pipeline(find_target("dev")).default_schema.tables["reviews"]
    # else it sorts all rows of a package, and ten million run out of memory
    assert table["x-stage-data-deduplicated"] is True
