"""What the analytics models found, with the figures that it rests on, as a report shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from course.warehouse import query
from dlt_pipelines.errors import PipelineError


@dataclass(frozen=True)
class Finding:
    """One finding: whose, what happened, what it was before and after (a header, then rows with a
    name each), and how sure it is. All of it is text."""

    subject: str
    what: str
    header: tuple[str, str]
    rows: list[tuple[str, str, str]]
    told: str


MOST = 10  # of one kind; on many categories there may be hundreds


def findings(warehouse: Path) -> list[Finding] | None:
    """What stands in the tables of analytics, of each kind the MOST striking; None where they are
    not there or cannot be read."""
    kinds = {
        "quality_drops": (_drop, "rating_drop desc, store, leaf_category"),
        "review_bursts": (_burst, "review_count desc, title, first_on"),
        "price_rise_effects": (_rise, "rating_drop desc, title, raised_on"),
    }
    try:
        return [
            told(row)
            for name, (told, order) in kinds.items()
            for row in query(
                warehouse, f"from analytics.{name} order by {order} limit {MOST}"
            ).to_dict("records")
        ]
    # a model may have been changed by who works with the course: then it is the lesson that tells
    except (PipelineError, duckdb.Error, KeyError, TypeError, ValueError):
        return None


def _drop(row: dict[str, Any]) -> Finding:
    changed_on, first, last = (
        _day(row[name]) for name in ("changed_on", "earliest_on", "latest_on")
    )
    compared = f"{row['fallen_product_count']} of {row['compared_product_count']}"
    told = f"{_fall(row)} The mean fell on {compared} products that have reviews on both sides."
    if first != last:
        told += f" The day lies between {first} and {last}."
    subject, what = f"{row['store']}, {row['leaf_category']}", f"bad since about {changed_on}"
    return Finding(subject, what, (f"before {changed_on}", "from then on"), list(_sides(row)), told)


def _burst(row: dict[str, Any]) -> Finding:
    first, last = _day(row["first_on"]), _day(row["last_on"])
    days = first if first == last else f"{first} to {last}"
    rows = [("5 stars, no purchase", f"{row['review_count']:,}", f"{row['usual_daily_count']:.1f}")]
    told = f"{row['one_time_user_share']:.0%} of them are from people who reviewed nothing else."
    return Finding(_title(row), "reviews that look bought", (days, "usual in a day"), rows, told)


def _rise(row: dict[str, Any]) -> Finding:
    raised_on = _day(row["raised_on"])
    price = ("price", f"{row['before_price']:.2f}", f"{row['after_price']:.2f}")
    told = f"{_fall(row)} The price rose by {row['rise_percent']:.0f} %."
    what = f"worse ratings since its price rose on {raised_on}"
    header = f"before {raised_on}", "from then on"
    return Finding(_title(row), what, header, [price, *_sides(row)], told)


def _title(row: dict[str, Any]) -> str:
    return row["title"] if isinstance(row["title"], str) else row["parent_asin"]


def _sides(row: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    yield "reviews", f"{row['before_review_count']:,}", f"{row['after_review_count']:,}"
    yield "mean stars", f"{row['before_mean_rating']:.2f}", f"{row['after_mean_rating']:.2f}"


def _fall(row: dict[str, Any]) -> str:
    return f"A fall of {row['rating_drop']:.2f} stars; z-score {row['z_score']:.1f}."


def _day(value: Any) -> str:
    day = pd.Timestamp(value)
    return f"{day.day}\u00a0{day:%B}\u00a0{day.year}"  # never broken in two
