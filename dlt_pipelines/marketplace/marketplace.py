"""One marketplace: the pieces put together, made when they are first needed."""

import json
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np

from . import files, record
from .api import Api, serve_marketplace
from .catalogue import Catalogue, build_catalogue
from .feed import ItemFeed, ReviewFeed, plan_item_feed, plan_review_feed
from .prices import Prices, build_prices, prices_on
from .reviews import Reviews, build_reviews, expected_reviews
from .truths import FIRST_DAY, LAST_DAY, MIN_ITEMS, MIN_REVIEWS, Story, day_number, write_story


@dataclass(frozen=True)
class Marketplace:
    """A shop of `items` items and `reviews` distinct reviews over 2024 and 2025.

    The same four values always give the same records. With `truths` the planted story and
    the faults of the feed are in it (at least 200 items and 3,000 reviews), without it the
    records are clean. Raises ValueError for sizes it cannot make.
    """

    items: int = 2000
    reviews: int = 40_000
    seed: int = 1
    truths: bool = True

    def __post_init__(self) -> None:
        low_items, low_reviews = (MIN_ITEMS, MIN_REVIEWS) if self.truths else (1, 1)
        if self.items < low_items or self.reviews < low_reviews:
            reason = " to hold its planted truths; without them (truths=False) any size will do" if self.truths else ""
            raise ValueError(
                f"a marketplace needs at least {low_items:,} items and {low_reviews:,} reviews{reason} "
                f"(asked for {self.items:,} and {self.reviews:,})"
            )
        if self.items > 10_000_000 or self.reviews > 1_000_000_000:
            raise ValueError("a marketplace holds at most 10,000,000 items and 1,000,000,000 reviews")
        if self.seed < 0:
            raise ValueError(f"a seed is 0 or more (asked for {self.seed})")

    @cached_property
    def catalogue(self) -> Catalogue:
        """All items, as arrays."""
        return build_catalogue(self.seed, self.items)

    @cached_property
    def story(self) -> Story | None:
        """What is planted; None without truths."""
        return write_story(self.catalogue, self.reviews) if self.truths else None

    @cached_property
    def prices(self) -> Prices:
        """All price events."""
        return build_prices(self.catalogue, self.story)

    @cached_property
    def review_plan(self) -> Reviews:
        """What is needed to make any review."""
        return build_reviews(self.catalogue, self.story, self.reviews)

    @cached_property
    def review_feed(self) -> ReviewFeed:
        """The review records in the order of their arrival."""
        return plan_review_feed(self.review_plan, self.truths)

    @cached_property
    def item_feed(self) -> ItemFeed:
        """The item records in the order of the catalogue."""
        return plan_item_feed(self.catalogue, expected_reviews(self.review_plan), self.truths)

    def prepare(self) -> None:
        """Make everything that the API answers from, so that no request waits for it."""
        _ = self.review_feed, self.item_feed, self.prices

    def truth(self) -> dict:
        """Everything that was planted and how many records there are, ready for JSON.

        Keys: see `record.truth_record`.
        """
        return record.truth_record(self)

    def write(self, out: Path, format: str = "jsonl", day: date = LAST_DAY, progress: files.Progress | None = None) -> list[Path]:
        """Write what the marketplace shows on `day` into the folder `out`.

        Writes meta_Practice_Marketplace, prices_Practice_Marketplace and
        Practice_Marketplace in `format` (jsonl, jsonl.gz or parquet) and truths.json, and
        returns their paths in this order. Line n of a JSONL file is the record at position
        n of its feed. Each file appears under its name when it is complete; files of these
        names are replaced. Parquet has typed columns, which cannot hold everything: there
        malformed records are left out, helpful_vote is a number throughout, a price that
        is text is null, and details are JSON text. `progress` is called with the table's
        name, the records written and the records in all. Raises ValueError for a format or
        day it does not know.
        """
        if format not in files.FORMATS:
            raise ValueError(f"format must be one of {', '.join(files.FORMATS)}, not {format!r}")
        number = checked_day_number(day)
        out = Path(out)
        out.mkdir(parents=True, exist_ok=True)
        tell = progress or (lambda table, done, total: None)
        paths = {table: out / name for table, name in files.file_names(format).items()}
        files.write_items(paths["products"], format, self.item_feed, self.prices_on(number), tell)
        price_stop = int(np.searchsorted(self.prices.day, number, side="right"))
        files.write_prices(paths["prices"], format, self.item_feed, self.prices, price_stop, tell)
        review_stop = int(np.searchsorted(self.review_feed.arrival, number, side="right"))
        files.write_reviews(paths["reviews"], format, self.review_feed, review_stop, tell)
        truths = out / "truths.json"
        with files.finished_file(truths) as part:
            part.write_text(json.dumps(self.truth(), indent=1) + "\n", encoding="utf-8", newline="\n")
        return [*paths.values(), truths]

    def prices_on(self, number: int) -> np.ndarray:
        """The price in cents of each item on a day number; -1 where there is none."""
        return prices_on(self.prices, self.items, number)

    def serve(
        self, day: date = LAST_DAY, port: int = 0, rate: float = 100, burst: int = 20, trouble: str = ""
    ) -> AbstractContextManager[Api]:
        """Run the API on 127.0.0.1 as long as the context lasts (see `api`).

        `port` 0 takes a free one; `rate` and `burst` set how many requests a second, and
        how many at once, are answered before a 429; `trouble` gives it a bad day (`api.TROUBLES`).
        """
        checked_day_number(day)
        return serve_marketplace(self, day, port, rate, burst, trouble)


def checked_day_number(day: date) -> int:
    """The day number of a date of the calendar; ValueError for any other."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(f"the marketplace's calendar runs from {FIRST_DAY} to {LAST_DAY}; {day} lies outside")
    return day_number(day)
