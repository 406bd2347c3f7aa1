"""The study of the detectors is of these models and thresholds, and it tries them rightly."""

import os
import subprocess
import sys

import pytest
from support import ask

from benchmarks import detectors
from course.dbt import dbt
from course.environment import ROOT
from dlt_pipelines import amazon_products_pipeline as pipeline
from dlt_pipelines.marketplace import Marketplace

SMALL = {"items": 300, "reviews": 6000}


def silence(what: str) -> None:
    """No progress is shown."""


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> list[list[str]]:
    """The detectors as dbt compiles them now."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_DATA", str(tmp_path_factory.mktemp("study")))
        return detectors.compiled()


@pytest.fixture
def measured(models, monkeypatch, tmp_path) -> dict:
    monkeypatch.setattr(detectors, "in_new_process", lambda *_, data: {"models": models})
    return detectors.measure(tmp_path, silence, seeds=(5, 6, 7), processes=1, **SMALL)


def test_the_stored_study_is_of_the_models_and_thresholds_that_there_are(models):
    study = detectors.read_study()
    stale = (
        "the detectors have changed since they were studied: python -m benchmarks.detectors "
        "confirm, where they find the same, else python -m benchmarks --only detectors"
    )
    assert study["thresholds"] == detectors.thresholds(), stale
    assert study["sql"] == detectors.fingerprint(models), stale
    assert (study["items"], study["reviews"]) == (detectors.ITEMS, detectors.REVIEWS)
    assert study["seeds"] >= 200


def test_a_comment_makes_no_study_stale_and_a_number_does(models):
    (name, schema, kind, sql), *others = models
    for other, same in ((f"-- why\n\n  {sql}", True), (f"{sql} limit 7", False)):
        changed = detectors.fingerprint([[name, schema, kind, other], *others])
        assert (changed == detectors.fingerprint(models)) is same


@pytest.mark.parametrize("name", detectors.MOVED)
def test_the_stored_study_holds_what_the_lesson_says(name):
    study = detectors.read_study()
    found = study["detectors"][name]
    assert found["chosen"] in [point["threshold"] for point in found["points"]]
    for points in (found["points"], found["unguarded"]):
        assert all(point["markets"] == 3 * study["seeds"] for point in points)
    chosen = next(each for each in found["points"] if each["threshold"] == found["chosen"])
    assert chosen["alarmed_markets"] <= chosen["markets"] / 100
    assert chosen["found_planted"] >= study["seeds"] * 0.99
    loosest, strictest = found["unguarded"][0], found["points"][-1]
    assert loosest["alarmed_markets"] > loosest["markets"] / 2
    assert strictest["found_faint"] < study["seeds"] / 2 < loosest["found_faint"]
    assert study["days"] >= study["seeds"] * 0.98


def test_a_small_study_finds_what_is_planted_and_loses_power_as_a_threshold_rises(measured):
    for name, found in measured["detectors"].items():
        chosen = next(each for each in found["points"] if each["threshold"] == found["chosen"])
        assert chosen["found_planted"] == 3, name
        assert chosen["false_alarms"] == 0, name
        for points in (found["points"], found["unguarded"]):
            for kind in ("false_alarms", "found_planted", "found_faint"):
                counts = [point[kind] for point in points]
                assert counts == sorted(counts, reverse=True), (name, kind)
        for with_guard, without in zip(found["points"], found["unguarded"], strict=True):
            assert with_guard["false_alarms"] <= without["false_alarms"]
        assert found["unguarded"][0]["false_alarms"] > 0, name
        assert found["points"][-1]["found_faint"] < 3, name
    assert measured["days"] == 3


def test_models_written_anew_are_confirmed_where_they_find_the_same(measured, models, tmp_path):
    old = measured | {"sql": "that of an older text"}
    confirmed = detectors.confirm(tmp_path, old, seeds=1, processes=1)
    assert confirmed == measured | {"confirmed_on": 1}
    other = measured | {"digests": dict.fromkeys(measured["digests"], "other findings")}
    with pytest.raises(ValueError, match="seed 5 gives other findings"):
        detectors.confirm(tmp_path, other, seeds=1, processes=1)


def test_the_study_reads_the_files_as_the_load_would(models, tmp_path):
    """The same files through the pipeline and dbt, and through the study: the same tables."""
    import duckdb

    market = Marketplace(**SMALL, seed=8)
    market.write(tmp_path / "files", "parquet")
    pipeline.run(source="files", path=tmp_path / "files", target="t")
    dbt("run", target="t")
    with duckdb.connect() as study:
        detectors.read_market(study, tmp_path / "files", models)
        for table in (
            "marts.int_product_daily_ratings",
            "marts.dim_product_prices",
            "analytics.quality_drops",
            "analytics.review_bursts",
            "analytics.price_rise_effects",
        ):
            rows = f"from {table} order by all"
            assert study.execute(rows).fetchall() == ask("t", rows) != [], table


def test_the_detectors_can_be_asked_for_alone():
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--help"],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "{race,load,size,detectors}" in told.stdout
