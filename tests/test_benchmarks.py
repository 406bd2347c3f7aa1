"""The FAQ's figures are those that were measured last, and what measures them works."""

import os
import re
from pathlib import Path

import pytest

from benchmarks import loads, race, sizes
from benchmarks.tables import PAGES, TABLES, read_figures, tables_of
from course.environment import ROOT
from course.publishing.tables import with_tables

pytestmark = pytest.mark.slow  # real processes, one after the other: with --all

FIGURES = read_figures()


def silence(what: str) -> None:
    """No progress is shown."""


@pytest.mark.parametrize("page", PAGES)
def test_the_faq_has_every_table_as_the_figures_give_it(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    for name in TABLES:
        assert (
            text.count(f"<!-- {name}: written by make bench -->")
            == text.count(f"<!-- end of {name} -->")
            == 1
        ), name
    assert with_tables(text, tables_of(FIGURES, PAGES[page])) == text


@pytest.mark.parametrize("language", PAGES.values())
@pytest.mark.parametrize("name", TABLES)
def test_a_table_takes_the_place_of_an_older_one(name, language):
    stale = (
        f"before\n<!-- {name}: written by make bench -->\nstale\n<!-- end of {name} -->\nafter\n"
    )
    fresh = with_tables(stale, tables_of(FIGURES, language))
    assert fresh.startswith("before\n") and fresh.endswith("after\n") and "stale" not in fresh
    assert TABLES[name](FIGURES[name], language) in fresh
    assert with_tables(fresh, tables_of(FIGURES, language)) == fresh


def test_the_figures_are_complete_and_say_on_which_machine_they_were_measured():
    assert set(FIGURES) == set(TABLES)
    assert all(FIGURES[name]["runs"] >= 3 for name in FIGURES)
    assert tuple(row["reviews"] for row in FIGURES["size"]["sizes"]) == sizes.SIZES
    for part in FIGURES.values():
        assert {"cores", "memory_gb", "system", "python", "duckdb", "dlt", "dbt-core"} <= set(
            part["machine"]
        )
        assert os.uname().nodename not in str(part["machine"]) if hasattr(os, "uname") else True


def test_english_and_french_show_the_same_numbers():
    for name, table in TABLES.items():
        english, french = (
            re.sub(r"[^\d|\n]", "", table(FIGURES[name], language)) for language in ("en", "fr")
        )
        assert english == french, name


def test_the_race_gives_seconds_and_ratios_for_every_engine(tmp_path):
    part = race.measure(tmp_path, silence, rows=3000, runs=2)
    assert {what: set(engines) for what, engines in part["measured"].items()} == {
        "question": {"DuckDB", "SQLite", "pandas"},
        "file": {"DuckDB", "SQLite", "pandas"},
        "small": {"DuckDB", "SQLite"},
    }
    for engines in part["measured"].values():
        assert engines["DuckDB"]["ratio"] == {"minimum": 1, "median": 1, "maximum": 1}
        for each in engines.values():
            assert (
                0 < each["ratio"]["minimum"] <= each["ratio"]["median"] <= each["ratio"]["maximum"]
            )
    assert "3,000" in TABLES["race"](part, "en")


def test_the_load_is_measured_each_way_and_loads_every_row(tmp_path):
    part = loads.measure(tmp_path, silence, rows=3000, runs=1, sample=500)
    assert {name: way["rows"] for name, way in part["ways"].items()} == {
        "duckdb": 3000, "pipeline": 3000, "polars": 3000, "pandas": 3000, "dicts": 500,
    }  # fmt: skip
    assert all(way["rows_per_second"]["median"] > 0 for way in part["ways"].values())
    assert "3\u202f000" in TABLES["load"](part, "fr")


def test_a_size_is_loaded_built_and_added_to_away_from_the_data_folder(tmp_path):
    kept, work, data = [], tmp_path / "work", Path(os.environ["COURSE_DATA"])
    work.mkdir()
    before = sorted(data.rglob("*"))
    part = sizes.measure(
        work,
        silence,
        sizes=(12_000,),
        runs=1,
        keep=lambda part: kept.append(len(part["sizes"])),
    )
    assert kept == [1], "a size is kept as soon as it is measured"
    (row,) = part["sizes"]
    assert row["reviews"] == 12_000 and row["warehouse_gb"] > 0
    for step in sizes.BESIDE:
        assert (
            row[step]["seconds"]["median"] > 0
            and row[step]["ratio"]["median"] > 0
            and row[step]["peak_gb"] > 0.05
        )
    assert "12,000" in TABLES["size"](part, "en")
    assert sorted(data.rglob("*")) == before, "the target's own data/ is not touched"
    assert list(work.iterdir()) == [], "nothing is left behind"
