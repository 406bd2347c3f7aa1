"""One shop: its catalogue, prices and feeds, made when they are first needed."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .catalogue import Catalogue, build_catalogue
from .feed import ItemFeed, ReviewFeed, plan_item_feed, plan_review_feed
from .prices import Prices, build_prices, prices_on
from .reviews import Reviews, build_reviews, expected_reviews
from .truths import MIN_ITEMS, MIN_REVIEWS, Story, write_story


@dataclass(frozen=True)
class Shop:
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
            reason = ""
            if self.truths:
                reason = " to hold its planted truths; without them (truths=False) any size will do"
            raise ValueError(
                f"a marketplace needs at least {low_items:,} items and {low_reviews:,} reviews"
                f"{reason} (asked for {self.items:,} and {self.reviews:,})"
            )
        if self.items > 10_000_000 or self.reviews > 1_000_000_000:
            most = "10,000,000 items and 1,000,000,000 reviews"
            raise ValueError(f"a marketplace holds at most {most}")
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

    def prices_on(self, number: int) -> np.ndarray:
        """The price in cents of each item on a day number; -1 where there is none."""
        return prices_on(self.prices, self.items, number)
