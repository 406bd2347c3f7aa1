"""A run's report begins with the answer and the figures that it rests on, and ends with what
ran."""

import re
from pathlib import Path

import bs4
import duckdb
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from support import CHROMIUM, IN_CHROMIUM

from course.notebooks import find_lesson
from course.running import report
from course.running.record import Run, Stage
from dlt_pipelines.amazon_products_pipeline import find_target

TITLE = "<script>window.hit = 1</script> A very long title of a product that nobody would cut short"
TABLES = """
create schema analytics;
create table analytics.quality_drops as select 'Store & Sons' as store, 'Kettles' as leaf_category,
    date '2025-04-07' as changed_on, date '2025-03-31' as earliest_on,
    date '2025-04-10' as latest_on,
    6790 as before_review_count, 519 as after_review_count, 4.3019 as before_mean_rating,
    2.2119 as after_mean_rating, 2.09 as rating_drop, 27.04 as z_score,
    9 as compared_product_count, 8 as fallen_product_count;
create table analytics.review_bursts as select 'P1' as parent_asin, $title as title,
    date '2025-01-25' as first_on, date '2025-01-27' as last_on, 64 as review_count,
    0.0179 as usual_daily_count, 0.95 as one_time_user_share;
create table analytics.price_rise_effects as select 'P2' as parent_asin, null as title,
    date '2025-05-01' as raised_on, 17.95 as before_price, 24.95 as after_price,
    38.99 as rise_percent, 479 as before_review_count, 322 as after_review_count,
    4.4 as before_mean_rating, 3.16 as after_mean_rating, 1.24 as rating_drop, 12.6 as z_score;
"""


def fill(*more: str) -> None:
    """The target's warehouse with one finding of each kind, then changed by further statements."""
    warehouse = find_target("dev").warehouse
    warehouse.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(TABLES.replace("$title", f"'{TITLE}'"))
        for statement in more:
            connection.execute(statement)


def write(folder: Path, notebook=None, status: str = "ok", **changes) -> bs4.BeautifulSoup:
    """A run's report as a page."""
    folder.mkdir(parents=True, exist_ok=True)
    stages = [Stage(report.ANSWERS, status, 3.14, f"{report.ANSWERS}.ipynb", error="It broke.")]
    parameters = {"target": "dev", "source": "marketplace", "path": "", "run_date": ""}
    run = Run(folder, parameters, False, "2026-01-01T00:00:00", stages)
    kinds = ("rows_in", "inserted", "updated", "unchanged", "duplicates", "rejected")
    tables = ("products", "prices", "reviews")
    run.rows = {
        "tables": {"amazon_raw.load_reconciliation_of_a_long_name": 40_000},
        "last_load": {name: dict.fromkeys(kinds, 1_234_567) for name in tables},
        "unmatched": {},
    }
    for name, value in changes.items():
        setattr(run, name, value)
    if notebook:
        nbformat.write(notebook, folder / f"{report.ANSWERS}.ipynb")
    report.write(run)
    return bs4.BeautifulSoup((folder / "report.html").read_text(encoding="utf-8"), "html.parser")


def words(page: bs4.BeautifulSoup) -> str:
    return " ".join(page.main.get_text(" ").split())


def lesson() -> nbformat.NotebookNode:
    """A last lesson: its prose, a table, a picture that is no evidence, and the answer."""
    answer = new_output("display_data", {"text/markdown": "- **Store & Sons, Kettles**: bad."})
    table = new_output("display_data", {"text/html": "<table><tr><td>torn</td></tr></table>"})
    return new_notebook(
        cells=[
            new_markdown_cell("Compare the two columns.", id="the-answer"),
            new_code_cell("1", id="quality-drops", outputs=[table]),
            new_code_cell("2", id="answer", outputs=[answer]),
        ]
    )


def test_the_report_begins_with_the_answer_and_both_counts_and_the_z_score(own_state):
    fill()
    page = write(own_state / "run", lesson())
    text = words(page)
    assert [each.get_text() for each in page.find_all(["h1", "h2"])] == [
        "The answer",
        "The figures behind it",
        "What the last load did",
        "What the warehouse holds",
        "What ran",
    ]
    assert text.index("Store & Sons, Kettles : bad.") < text.index("The figures behind it")
    for figures in (
        "before 7 April 2025 from then on reviews 6,790 519 mean stars 4.30 2.21",
        "A fall of 2.09 stars; z-score 27.0. The mean fell on 8 of 9 products",
        "25 January 2025 to 27 January 2025 usual in a day 5 stars, no purchase 64 0.0 95% of them",
        "P2: worse ratings since its price rose on 1 May 2025",
        "price 17.95 24.95 reviews 479 322 mean stars 4.40 3.16 A fall of 1.24 stars; z-score 12.6",
    ):
        assert figures in text
    assert TITLE in page.main.get_text() and not page.find("script")


def test_nothing_is_torn_from_the_lesson_and_no_date_is_broken(own_state):
    fill()
    page = write(own_state / "run", lesson())
    assert "Compare the two columns" not in words(page) and "torn" not in words(page)
    dates = re.findall(r"\d+\s(?:January|April|March|May)\s2025", page.main.get_text())
    assert len(dates) == 8 and {re.sub(r"[\w]", "", date) for date in dates} == {"\u00a0\u00a0"}


def test_the_answer_is_found_in_the_lesson_that_is_there(own_state):
    """Its cells are found by their ids."""
    made = write(own_state / "run", find_lesson("09").read())
    assert len(made.find_all("img")) == len(report.PICTURES)
    assert len(made.main.find("ul").find_all("li")) == 3


def test_each_stage_has_a_line_with_its_seconds_at_the_end(own_state):
    text = words(write(own_state / "run", seconds=95.4))
    assert text.index("What the warehouse holds") < text.index("The run went through.")
    assert "09_answer_the_question ok 3.1 Made with" in text and ", 95 seconds." in text


@pytest.mark.parametrize(
    "status, change, begins",
    [
        ("ok", "", "The answer"),
        ("ok", "drop table analytics.review_bursts", "The run went through"),
        ("ok", "alter table analytics.quality_drops drop z_score", "The run went through"),
        ("ok", "alter table analytics.review_bursts alter first_on type varchar using 'x'", None),
        ("failed", "", "The run stopped"),
    ],
)
def test_what_the_tables_do_not_say_the_report_leaves_out(own_state, status, change, begins):
    fill(*filter(None, [change]))
    text = words(write(own_state / "run", status=status))
    assert text.startswith(begins or "The run went through")
    assert ("It broke." in text) == (status == "failed")
    assert ("z-score" in text) == (begins == "The answer")


def test_a_run_of_the_stages_alone_has_the_figures_and_no_finding_is_said(own_state):
    fill()
    text = words(write(own_state / "run", lesson(), stages_only=True))
    assert "z-score 27.0" in text and ": bad." not in text
    names = ("quality_drops", "review_bursts", "price_rise_effects")
    with duckdb.connect(str(find_target("dev").warehouse)) as connection:
        for name in names:
            connection.execute(f"delete from analytics.{name}")
    text = words(write(own_state / "run", stages_only=True))
    assert "Nothing stands out beyond what chance explains." in text and "z-score" not in text


def test_of_many_findings_the_ten_largest_are_shown(own_state):
    many = "update analytics.quality_drops set rating_drop = 0.5"
    fill(many, *["insert into analytics.quality_drops from analytics.quality_drops"] * 4)
    page = write(own_state / "run")
    assert words(page).count("A fall of 0.50 stars") == 10


class TestInChromium:
    pytestmark = IN_CHROMIUM

    @pytest.mark.parametrize("width", [1366, 390])
    def test_no_table_is_cut(self, own_state, width):
        from playwright.sync_api import sync_playwright

        fill()
        write(own_state / "run", find_lesson("09").read())
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
            )
            tab = browser.new_page(viewport={"width": width, "height": 768})
            tab.goto((own_state / "run" / "report.html").as_uri())
            cut = """[...document.querySelectorAll("html, .scroll, pre, img")]
                .filter(each => each.scrollWidth > each.clientWidth + 1
                    || each.getBoundingClientRect().right > innerWidth + 1)
                .map(each => each.outerHTML.slice(0, 100))"""
            assert tab.evaluate(cut) == []
            browser.close()
