"""The plan of the reviews: how many a day, when each was written, and what it is about.

Reviews are numbered 0 … N - 1 in the order of their day. Everything about review i follows
from (seed, i), so any range of reviews can be made on its own.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .catalogue import Catalogue
from .draws import GAMMA, roll, rolls
from .truths import DAY_MS, DAYS, FIRST_DAY, FIRST_MS, Story

# Traffic by weekday (Monday first), by month (January first) and by hour, in arbitrary units.
WEEKDAYS = (104, 102, 99, 96, 92, 98, 109)
MONTHS = (112, 92, 90, 91, 94, 96, 104, 98, 93, 97, 118, 135)
HOURS = (6, 4, 3, 2, 2, 3, 5, 8, 11, 13, 14, 14, 14, 13, 13, 13, 13, 14, 15, 17, 19, 18, 14, 9)


@dataclass(frozen=True)
class Reviews:
    """What is needed to make any review: day d holds reviews first[d] … first[d + 1] - 1.

    `burst[d]` of them are bought. `shares` are upper bounds of the drop line's, the dear
    product's and the burst product's part of 2**32.
    """

    seed: int
    count: int
    catalogue: Catalogue
    story: Story | None
    first: np.ndarray
    burst: np.ndarray
    shares: tuple[int, int, int]
    weights: np.ndarray


def build_reviews(catalogue: Catalogue, story: Story | None, count: int) -> Reviews:
    """The plan of `count` reviews over the calendar and the catalogue."""
    seed = catalogue.seed
    burst = np.zeros(DAYS, dtype=np.int64)
    weight = catalogue.weight.copy()
    shares = (0, 0, 0)
    if story:
        burst[story.burst_day : story.burst_day + 3] = story.burst_sizes
        weight[story.drop_items] = 0
        weight[[story.rise_item, story.burst_item]] = 0
        usual = count - int(burst.sum())
        bounds = np.cumsum([story.drop_reviews, story.rise_reviews, story.burst_usual])
        first_share, second_share, third_share = (int(bound) * 2**32 // usual for bound in bounds)
        shares = (first_share, second_share, third_share)
    ends = _traffic(seed).cumsum()
    first = np.concatenate([[0], ends * (count - int(burst.sum())) // ends[-1] + burst.cumsum()])
    return Reviews(seed, count, catalogue, story, first, burst, shares, weight.cumsum())


def _traffic(seed: int) -> np.ndarray:
    """How busy each day is: growth, season, weekday and a little chance."""
    day = np.arange(DAYS)
    dates = np.datetime64(FIRST_DAY) + day
    month = dates.astype("datetime64[M]").astype(np.int64) % 12
    # Blend from mid-month to mid-month so that the season has no steps.
    days_into = (dates - dates.astype("datetime64[M]")).astype(np.int64)
    neighbour = (month + np.where(days_into < 15, -1, 1)) % 12
    distance = np.abs(days_into - 15)
    months = np.asarray(MONTHS)
    season = months[month] * (30 - distance) + months[neighbour] * distance
    weekday = np.asarray(WEEKDAYS)[(day + FIRST_DAY.weekday()) % 7]
    # Divided so that the year's sum times a billion reviews stays inside 64 bits.
    return (1000 + day) * season * weekday // 100 * (94 + rolls(seed, "traffic", day, 13)) // 100


def expected_reviews(reviews: Reviews) -> np.ndarray:
    """About how many reviews each item gets over the calendar."""
    story = reviews.story
    weight = np.diff(reviews.weights, prepend=0)
    planted, burst = 0, 0
    if story:
        burst = story.burst_usual + sum(story.burst_sizes)
        planted = story.drop_reviews + story.rise_reviews + burst
    total = max(int(reviews.weights[-1]), 1)
    # Whole millionths keep the product inside 64 bits.
    expected = weight * 1_000_000 // total * (reviews.count - planted) // 1_000_000
    if story:
        expected[story.drop_items] = story.drop_reviews // len(story.drop_items)
        expected[story.rise_item] = story.rise_reviews
        expected[story.burst_item] = burst
    return expected


def days_of(reviews: Reviews, index: np.ndarray) -> np.ndarray:
    """The day number each review was written on."""
    return np.searchsorted(reviews.first, index, side="right") - 1


def bought_number(reviews: Reviews, index: np.ndarray, day: np.ndarray) -> np.ndarray:
    """The number of a bought review within the burst; -1 for all others.

    Bought reviews stand evenly among the others of their day.
    """
    if not reviews.story:
        return np.full(len(index), -1)
    size = reviews.burst[day]
    place = index - reviews.first[day]
    total = np.maximum(reviews.first[day + 1] - reviews.first[day], 1)
    before = place * size // total
    number = before + (reviews.burst.cumsum() - reviews.burst)[day]
    return np.where((place + 1) * size // total > before, number, -1)


def items_of(reviews: Reviews, index: np.ndarray, bought: np.ndarray) -> np.ndarray:
    """The item each review is about.

    The planted products get their share by a golden-ratio sequence, which hits an interval
    evenly over any stretch of reviews: volumes hold on both sides of a day, at any size.
    """
    weights = reviews.weights
    total = max(int(weights[-1]), 1)
    # Totals may pass 32 bits, so the draw is scaled down from 2**31 steps.
    step = total // 2**31 + 1
    mark = rolls(reviews.seed, "item", index, total // step) * step
    mark += rolls(reviews.seed, "item step", index, step)
    item = np.searchsorted(weights, mark, side="right")
    story = reviews.story
    if story:
        share = golden(reviews, index)
        drop, rise, burst = reviews.shares
        in_line = share < drop
        item[in_line] = story.drop_items[share[in_line] * len(story.drop_items) // drop]
        item[(share >= drop) & (share < rise)] = story.rise_item
        item[((share >= rise) & (share < burst)) | (bought >= 0)] = story.burst_item
    return item


def golden(reviews: Reviews, index: np.ndarray) -> np.ndarray:
    """The golden-ratio sequence at each index, as a number below 2**32."""
    start = roll(reviews.seed, "golden", 0, 2**32 - 1) << 32
    steps = index.astype(np.uint64) * np.uint64(GAMMA) + np.uint64(start)
    return (steps >> np.uint64(32)).view(np.int64)


@lru_cache(maxsize=1)
def _hour_ends() -> np.ndarray:
    """Where each hour begins when the day is stretched by how busy its hours are."""
    return np.concatenate([[0], np.cumsum(HOURS) * DAY_MS // sum(HOURS)])


def timestamps_of(reviews: Reviews, index: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Epoch milliseconds, rising with the index and never the same for two indexes."""
    place = index - reviews.first[day]
    total = reviews.first[day + 1] - reviews.first[day]
    low, high = place * DAY_MS // total, (place + 1) * DAY_MS // total
    # The last milliseconds of a slot stay free: busy hours squeeze neighbours together.
    ms = low + rolls(reviews.seed, "time", index, np.maximum(high - low - 8, 1))
    ends = _hour_ends()
    hour = np.searchsorted(ends, ms, side="right") - 1
    into_hour = (ms - ends[hour]) * 3_600_000 // (ends[hour + 1] - ends[hour])
    return FIRST_MS + day * DAY_MS + hour * 3_600_000 + into_hour
