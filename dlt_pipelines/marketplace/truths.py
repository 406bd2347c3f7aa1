"""The story that is planted in the marketplace: what goes wrong, where and when."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from .catalogue import NUMERIC, Catalogue
from .draws import roll
from .vocabulary import DEPARTMENTS, LEAVES

FIRST_DAY = date(2024, 1, 1)
LAST_DAY = date(2025, 12, 31)
DAYS = (LAST_DAY - FIRST_DAY).days + 1
DAY_MS = 86_400_000
FIRST_MS = 1_704_067_200_000

MIN_ITEMS = 200
MIN_REVIEWS = 3_000

# Per mille of 1, 2, 3, 4 and 5 stars.
BEFORE_DROP = (80, 40, 60, 130, 690)
AFTER_DROP = (460, 210, 140, 80, 110)
BEFORE_RISE = (60, 30, 60, 150, 700)
AFTER_RISE = (240, 130, 200, 150, 280)


@dataclass(frozen=True)
class Story:
    """What is planted; days count from FIRST_DAY = 0, items are ordinals in the catalogue."""

    drop_line: int
    drop_items: np.ndarray
    drop_day: int
    drop_reviews: int
    rise_item: int
    rise_day: int
    rise_percent: int
    rise_reviews: int
    burst_item: int
    burst_day: int
    burst_sizes: tuple[int, int, int]
    burst_usual: int
    vine_day: int
    text_day: int


def write_story(catalogue: Catalogue, reviews: int) -> Story:
    """The story of this catalogue with this many reviews.

    Volumes lie a little above what a detector may count on: 3 % of all reviews (at least
    320) for the line that goes bad, 2 % (220) for the dear product, 0.16 % (44 to 400) for
    the bought ones.
    """
    seed = catalogue.seed

    def day(stream: str, first: date, last: date) -> int:
        return (first - FIRST_DAY).days + roll(seed, stream, 0, (last - first).days + 1)

    sizes = np.bincount(catalogue.line)
    whole = np.bincount(catalogue.line, weights=catalogue.has_path) == sizes
    durable = np.asarray(
        [DEPARTMENTS[LEAVES[leaf].department].durable for leaf in catalogue.line_leaf]
    )
    lines = np.flatnonzero(whole & durable & (sizes >= 8) & (sizes <= 15))
    line = int(lines[roll(seed, "drop line", 0, len(lines))])
    outside = (catalogue.line != line) & catalogue.has_path

    # A dear product has neighbours in its line, so that it cannot be taken for a bad line.
    rising = np.flatnonzero(
        outside & (catalogue.price_kind == NUMERIC) & (sizes[catalogue.line] >= 4)
    )
    rise_item = int(rising[roll(seed, "rise item", 0, len(rising))])
    quiet = np.flatnonzero(outside & (np.arange(len(catalogue)) != rise_item))
    burst = min(400, max(44, -(-reviews * 16 // 10_000)))
    middle = burst * 4 // 10
    text_day = day("text day", date(2025, 3, 1), date(2025, 10, 31))
    vine_day = day("vine day", date(2025, 2, 1), date(2025, 9, 30))
    return Story(
        drop_line=line,
        drop_items=np.flatnonzero(catalogue.line == line),
        drop_day=day("drop day", date(2024, 11, 15), date(2025, 5, 15)),
        drop_reviews=max(reviews * 3 // 100, 320),
        rise_item=rise_item,
        rise_day=day("rise day", date(2024, 11, 15), date(2025, 5, 15)),
        rise_percent=36 + roll(seed, "rise percent", 0, 14),
        rise_reviews=max(reviews * 2 // 100, 220),
        burst_item=int(quiet[roll(seed, "burst item", 0, len(quiet))]),
        burst_day=day("burst day", date(2024, 6, 1), date(2025, 11, 20)),
        burst_sizes=(burst - middle - burst // 3, middle, burst // 3),
        burst_usual=burst * 4 // 10,
        vine_day=vine_day - (vine_day == text_day),
        text_day=text_day,
    )


def calendar_day(number: int) -> date:
    """The date of a day number."""
    return FIRST_DAY + timedelta(days=int(number))


def day_number(day: date) -> int:
    """The day number of a date."""
    return (day - FIRST_DAY).days
