"""However the days come in, the same tables come out."""

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
    assert len(marks) == 12
    assert all(count > 0 for name, (count, _) in marks.items() if not name.startswith("analytics"))


@pytest.mark.slow
def test_thirty_days_one_by_one_end_where_one_run_over_all_of_them_ends(own_state):
    for back in range(29, -1, -1):
        pipeline.run(run_date=LAST - timedelta(days=back))
        dbt("run", "--select", "+fct_reviews")
    dbt("run")
    pipeline.run(target="once", run_date=LAST)
    dbt("run", target="once")
    assert ask("dev", "select count(distinct load_id) from amazon_raw.load_reconciliation") == [(30,)]
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
