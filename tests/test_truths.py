"""What the marketplace planted is found, exactly; where nothing was planted, nothing is found."""

import shutil
from datetime import date

import pytest
from support import ask

from course.dbt import dbt
from course.environment import DBT_PROJECT
from dlt_pipelines import amazon_products_pipeline as pipeline

# The second seed and size on which a developer tries things comes first; the others run with --all.
SEEDS = [5, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2, 4, 7))]


def built(monkeypatch, seed: int, truths: bool = True) -> dict:
    """Load and model a marketplace; returns what was planted in it."""
    for name, value in {"items": 2000, "reviews": 40000, "seed": seed, "truths": truths}.items():
        monkeypatch.setenv(f"MARKETPLACE__{name.upper()}", str(value).lower())
    pipeline.run(target="t")
    dbt("run", target="t")
    return pipeline.practice_marketplace().truth()


def assert_found(truth: dict) -> None:
    """The analytics models hold each planted truth, and nothing else."""
    drop, burst, rise = truth["quality_drop"], truth["review_burst"], truth["price_rise"]
    found = ask(
        "t", "select store, leaf_category, changed_on from analytics.quality_drops order by all"
    )
    assert [f[:2] for f in found] == [(drop["store"], drop["category"])]
    assert abs((found[0][2] - date.fromisoformat(drop["changed_on"])).days) <= 3

    found = ask(
        "t",
        "select parent_asin, first_on::varchar, last_on::varchar, review_count from "
        "analytics.review_bursts order by all",
    )
    assert found == [
        (burst["parent_asin"], burst["first_day"], burst["last_day"], burst["review_count"])
    ]

    found = ask(
        "t",
        "select parent_asin, raised_on::varchar, before_price::double, "
        "after_price::double from analytics.price_rise_effects",
    )
    assert found == [
        (rise["parent_asin"], rise["changed_on"], rise["price_before"], rise["price_after"])
    ]

    changes = {
        (c, k): d
        for c, k, d in ask(
            "t", "select field_name, kind, first_seen_on from analytics.schema_changes"
        )
    }
    planted = {
        (truth["field_appears"]["field"], "appeared"): truth["field_appears"]["first_day"],
        (truth["type_changes"]["field"], "type_changed"): truth["type_changes"]["first_day"],
    }
    assert changes.keys() == planted.keys()
    assert all(0 <= (changes[key] - date.fromisoformat(planted[key])).days <= 1 for key in planted)

    counts = truth["counts"]
    arrived = ask(
        "t",
        "select sum(inserted), sum(duplicates), sum(rejected) from "
        "amazon_raw.load_reconciliation where table_name = 'reviews'",
    )
    assert arrived == [
        (
            counts["distinct_reviews"],
            counts["duplicates"] + counts["edits"],
            counts["malformed_reviews"],
        )
    ]
    rejected = ask(
        "t",
        "select position from amazon_raw.rejected_records where table_name = 'reviews' order by 1",
    )
    assert [position for (position,) in rejected] == sorted(
        m["position"] for m in truth["malformed"]["reviews"]
    )
    ratings = {
        (u, a, t): r
        for u, a, t, r in ask(
            "t", "select user_id, asin, epoch_ms(reviewed_at), rating from marts.fct_reviews"
        )
    }
    assert len(ratings) == counts["distinct_reviews"]
    for edit in truth["edited"]:
        assert ratings[edit["user_id"], edit["asin"], edit["timestamp"]] == edit["rating"]
    for late in truth["late"]:
        assert (late["user_id"], late["asin"], late["timestamp"]) in ratings


@pytest.mark.parametrize("seed", SEEDS)
def test_every_planted_truth_is_found(own_state, monkeypatch, seed):
    assert_found(built(monkeypatch, seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_found_where_nothing_was_planted(own_state, monkeypatch, seed):
    truth = built(monkeypatch, seed, truths=False)
    assert truth["quality_drop"] is truth["review_burst"] is truth["price_rise"] is None
    for model in ("quality_drops", "review_bursts", "price_rise_effects", "schema_changes"):
        assert ask("t", f"select * from analytics.{model}") == []
    assert ask(
        "t", "select sum(duplicates), sum(rejected) from amazon_raw.load_reconciliation"
    ) == [(0, 0)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "detector", ["quality_drops", "review_bursts", "price_rise_effects", "schema_changes"]
)
def test_an_emptied_detector_does_not_pass_for_a_quiet_market(own_state, monkeypatch, detector):
    truth = built(monkeypatch, 5)
    assert_found(truth)
    project = own_state / "dbt_project"
    shutil.copytree(DBT_PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    model = project / "models" / "analytics" / f"{detector}.sql"
    model.write_text(
        model.read_text(encoding="utf-8").rstrip() + "\nwhere false\n", encoding="utf-8"
    )
    dbt(
        "run",
        "--select",
        detector,
        "--project-dir",
        str(project),
        "--profiles-dir",
        str(project),
        target="t",
    )
    with pytest.raises(AssertionError):
        assert_found(truth)
