"""However the days come in, the same tables come out."""

import json
from datetime import date, timedelta

import pytest
from support import ask, fingerprints

from course.dbt import dbt
from dlt_pipelines import amazon_products_pipeline as pipeline

LAST = date(2025, 12, 31)
MODELLED = ("staging", "marts", "analytics")


def run_and_mark() -> dict[str, tuple]:
    """Load and model the target dev; the fingerprints of what is modelled."""
    pipeline.run()
    dbt("run")
    return fingerprints("dev", *MODELLED)


def test_a_second_run_leaves_every_table_as_it_was(own_state):
    marks, again = [run_and_mark() for _ in range(2)]
    assert again == marks
    assert len(marks) == 13
    assert all(count > 0 for name, (count, _) in marks.items() if not name.startswith("analytics"))


@pytest.mark.slow
def test_thirty_days_one_by_one_end_where_one_run_over_all_of_them_ends(own_state):
    for back in range(29, -1, -1):
        pipeline.run(run_date=LAST - timedelta(days=back))
        dbt("run", "--select", "+fct_reviews")
    dbt("run")
    pipeline.run(target="once", run_date=LAST)
    dbt("run", target="once")
    assert ask("dev", "select count(distinct load_id) from amazon_raw.load_reconciliation") == [
        (30,)
    ]
    assert fingerprints("dev", *MODELLED) == fingerprints("once", *MODELLED)


@pytest.mark.slow
def test_the_first_thirty_days_one_by_one_from_an_empty_warehouse(own_state):
    first = date(2024, 1, 1)
    for day in range(30):
        pipeline.run(run_date=first + timedelta(days=day))
        if day % 6 == 0:  # several loads wait for one build
            dbt("run", "--select", "+fct_reviews")
    dbt("run")
    pipeline.run(target="once", run_date=first + timedelta(days=29))
    dbt("run", target="once")
    assert fingerprints("dev", *MODELLED) == fingerprints("once", *MODELLED)
    assert ask("dev", "select count(*) > 20 from marts.fct_reviews") == [(True,)]


def test_an_incremental_build_equals_a_full_refresh_after_edits_late_rows_and_a_backfill(own_state):
    for day in (date(2025, 9, 1), date(2025, 9, 8), date(2025, 9, 20)):
        pipeline.run(run_date=day)
        dbt("run")
    pipeline.run(from_date=date(2025, 2, 1), to_date=date(2025, 2, 28), run_date=date(2025, 10, 1))
    dbt("run")
    grown = fingerprints("dev", *MODELLED)
    dbt("run", "--full-refresh")
    assert fingerprints("dev", *MODELLED) == grown


def load_lines(folder, reviews, **options) -> None:
    """Load two products, and reviews given as (user, product, rating), all of one day, into the
    target `lines`.
    """
    folder.mkdir()
    products = [{"parent_asin": name, "main_category": "Tools"} for name in ("p", "q")]
    lines = [
        {
            "user_id": user,
            "asin": "a",
            "parent_asin": product,
            "timestamp": 1_750_000_000_000,
            "rating": rating,
        }
        for user, product, rating in reviews
    ]
    for name, records in (("meta_Tools.jsonl", products), ("Tools.jsonl", lines)):
        (folder / name).write_text(
            "".join(json.dumps(each) + "\n" for each in records), encoding="utf-8"
        )
    pipeline.run(source="files", path=folder, target="lines", **options)


def test_daily_ratings_follow_reviews_that_move_leave_or_come_before_their_turn(own_state):
    def grown_is_as_built_anew() -> list[tuple]:
        dbt("run", target="lines")
        grown = fingerprints("lines", *MODELLED)
        days = ask(
            "lines",
            "select parent_asin, review_count, rating_sum::int from "
            "marts.int_product_daily_ratings order by all",
        )
        dbt("run", "--full-refresh", target="lines")
        assert fingerprints("lines", *MODELLED) == grown
        return days

    load_lines(own_state / "first", [("ann", "p", 5), ("bob", "p", 4), ("cat", "q", 1)])
    assert grown_is_as_built_anew() == [("p", 2, 9), ("q", 1, 1)]
    load_lines(own_state / "moved", [("cat", "p", 1)])  # the only review of q, edited
    assert grown_is_as_built_anew() == [("p", 3, 10)]
    load_lines(own_state / "new", [("dan", "q", 3)])
    # before fct_reviews has the new review
    dbt("run", "--select", "int_product_daily_ratings", target="lines")
    assert grown_is_as_built_anew() == [("p", 3, 10), ("q", 1, 3)]
    load_lines(own_state / "left", [("dan", "q", 3)], full_refresh=True)
    assert grown_is_as_built_anew() == [("q", 1, 3)]


def test_an_edit_that_changes_no_key_makes_nobody_start_anew(own_state):
    load_lines(own_state / "first", [("ann", "p", 5), ("bob", "q", 4)])
    dbt("run", target="lines")
    load_lines(own_state / "edited", [("ann", "p", 1)])
    with_mark = (
        "update marts.int_product_daily_ratings set positive_count = 77 where parent_asin = 'q'"
    )
    ask("lines", with_mark)  # a day that is not counted again keeps it
    dbt("run", target="lines")
    days = ask(
        "lines",
        "select parent_asin, rating_sum::int, positive_count from "
        "marts.int_product_daily_ratings order by all",
    )
    assert days == [("p", 1, 0), ("q", 4, 77)]
