"""The feeds: in which order records arrive, and what went wrong with them on the way.

The review feed is planned for the whole calendar at once, as a few numbers a record; the
records themselves are made for the stretch of positions that somebody asks for. A feed's
earlier day is therefore always a prefix of its later day.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .catalogue import Catalogue, item_record
from .draws import roll, rolls
from .prices import Prices
from .renderings import json_lines
from .reviews import Reviews, bought_number, days_of, timestamps_of
from .truths import DAY_MS, DAYS, FIRST_MS

ORIGINAL, EDIT, DUPLICATE, MALFORMED = 0, 1, 2, 3
REVIEW_FAULTS = (
    "a JSON string",
    "a JSON array",
    "no parent_asin",
    "null user_id",
    "no timestamp",
    "rating as a word",
    "rating 0.0",
    "rating 11.0",
    "timestamp in seconds",
    "timestamp in 2101",
    "helpful_vote as a word",
)
ITEM_FAULTS = ("a JSON string", "no parent_asin", "a JSON array", "rating_number as a word")
START_OF_2101 = 4_133_980_800_000
PLAN_ROWS = 2**20


@dataclass(frozen=True)
class ReviewFeed:
    """One entry a record, in the order of arrival: review number, kind and arrival day.

    A kind of MALFORMED + n is a copy of the review that was mangled by fault n.
    """

    reviews: Reviews
    review: np.ndarray
    kind: np.ndarray
    arrival: np.ndarray

    def __len__(self) -> int:
        return len(self.review)


def plan_review_feed(reviews: Reviews, faulty: bool) -> ReviewFeed:
    """The whole feed; `faulty` adds late, edited, doubled and mangled records."""
    starts = range(0, reviews.count, PLAN_ROWS)
    parts = [
        _plan(reviews, start, min(start + PLAN_ROWS, reviews.count), faulty) for start in starts
    ]
    if faulty:
        parts.append(_plan_malformed(reviews))
    review, kind, arrival, at = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.argsort(at, kind="stable")
    return ReviewFeed(reviews, review[order], kind[order], arrival[order])


def _plan(reviews: Reviews, start: int, stop: int, faulty: bool) -> tuple[np.ndarray, ...]:
    """Review, kind, day and moment of arrival (ms of the calendar) of a range of reviews."""
    seed, last = reviews.seed, DAYS - 1
    index = np.arange(start, stop)
    day = days_of(reviews, index)
    moment = timestamps_of(reviews, index, day) - FIRST_MS
    if not faulty:
        return _entries(index, ORIGINAL, day, moment)
    ordinary = bought_number(reviews, index, day) < 0
    late = np.flatnonzero((rolls(seed, "late", index, 1000) < 20) & ordinary & (day < last))
    arrival = day.copy()
    arrival[late] = np.minimum(day[late] + 1 + rolls(seed, "days late", index[late], 6), last)
    moment[late] = arrival[late] * DAY_MS + rolls(seed, "late hour", index[late], DAY_MS)

    edited = (rolls(seed, "edited", index, 1000) < 5) & ordinary & (arrival < last)
    edit = np.flatnonzero(edited)
    edit_day = np.minimum(arrival[edit] + 1 + rolls(seed, "edit day", index[edit], 6), last)
    edit_at = edit_day * DAY_MS + rolls(seed, "edit hour", index[edit], DAY_MS)

    # An edited review is never doubled: an old copy after the edit would undo it.
    again = np.flatnonzero((rolls(seed, "doubled", index, 1000) < 10) & ~edited)
    again_day = np.minimum(arrival[again] + rolls(seed, "double day", index[again], 7), last)
    earliest = np.where(again_day == arrival[again], moment[again] % DAY_MS, 0)
    again_at = (
        again_day * DAY_MS + earliest + rolls(seed, "double hour", index[again], DAY_MS - earliest)
    )
    parts = (
        _entries(index, ORIGINAL, arrival, moment),
        _entries(index[edit], EDIT, edit_day, edit_at),
        _entries(index[again], DUPLICATE, again_day, again_at),
    )
    return tuple(np.concatenate(columns) for columns in zip(*parts, strict=True))


def _plan_malformed(reviews: Reviews) -> tuple[np.ndarray, ...]:
    seed = reviews.seed
    number = np.arange(max(len(REVIEW_FAULTS), reviews.count // 1000))
    index = rolls(seed, "mangled", number, reviews.count)
    day = np.minimum(days_of(reviews, index) + rolls(seed, "mangled day", number, 3), DAYS - 1)
    moment = day * DAY_MS + rolls(seed, "mangled hour", number, DAY_MS)
    return _entries(index, MALFORMED + number % len(REVIEW_FAULTS), day, moment)


def _entries(
    index: np.ndarray, kind, day: np.ndarray, moment: np.ndarray
) -> tuple[np.ndarray, ...]:
    kinds = np.broadcast_to(np.asarray(kind, dtype=np.uint8), index.shape)
    return index.astype(np.uint32), kinds, day.astype(np.int16), moment


def review_lines(feed: ReviewFeed, rows: np.ndarray) -> pa.Array:
    """The records at `rows` (0-based) as JSON texts, each with its newline."""
    kind = feed.kind[rows]
    lines = json_lines(feed.reviews, feed.review[rows].astype(np.int64), kind == EDIT)
    mangled = kind >= MALFORMED
    if not mangled.any():
        return lines
    places = np.flatnonzero(mangled)
    texts = [mangle_review(lines[place].as_py(), int(kind[place]) - MALFORMED) for place in places]
    return pc.replace_with_mask(lines, pa.array(mangled), pa.array(texts, pa.string()))


def mangle_review(line: str, fault: int) -> str:
    """The record as it looks after fault number `fault`."""
    record = json.loads(line)
    match REVIEW_FAULTS[fault]:
        case "a JSON string":
            record = f"{record['user_id']} {record['title']}"
        case "a JSON array":
            record = [record["rating"], record["title"], record["user_id"], record["asin"]]
        case "no parent_asin":
            del record["parent_asin"]
        case "null user_id":
            record["user_id"] = None
        case "no timestamp":
            del record["timestamp"]
        case "rating as a word":
            record["rating"] = "five"
        case "rating 0.0":
            record["rating"] = 0.0
        case "rating 11.0":
            record["rating"] = 11.0
        case "timestamp in seconds":
            record["timestamp"] //= 1000
        case "timestamp in 2101":
            record["timestamp"] = START_OF_2101 + record["timestamp"] % (365 * DAY_MS)
        case "helpful_vote as a word":
            record["helpful_vote"] = "many"
    return json.dumps(record, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class ItemFeed:
    """One entry a record of the catalogue as served: the item, and its fault or -1."""

    catalogue: Catalogue
    reviews: np.ndarray
    item: np.ndarray
    fault: np.ndarray

    def __len__(self) -> int:
        return len(self.item)


def plan_item_feed(catalogue: Catalogue, expected_reviews: np.ndarray, faulty: bool) -> ItemFeed:
    """All items in the order of the catalogue; `faulty` puts mangled copies among them."""
    items = len(catalogue)
    count = max(len(ITEM_FAULTS), items // 1000) if faulty else 0
    copies = np.asarray(
        [roll(catalogue.seed, "mangled item", n, items) for n in range(count)], dtype=np.int64
    )
    item = np.concatenate([np.arange(items), copies])
    fault = np.concatenate([np.full(items, -1), np.arange(count) % len(ITEM_FAULTS)])
    order = np.argsort(item, kind="stable")
    return ItemFeed(catalogue, expected_reviews, item[order], fault[order])


def item_text(feed: ItemFeed, row: int, cents: int) -> str:
    """The record at `row` (0-based) as JSON text without newline; `cents` -1 is no price."""
    item, fault = int(feed.item[row]), int(feed.fault[row])
    record: Any = item_record(
        feed.catalogue, item, None if cents < 0 else cents, int(feed.reviews[item])
    )
    match ITEM_FAULTS[fault] if fault >= 0 else None:
        case "a JSON string":
            record = record["title"]
        case "a JSON array":
            record = [record["parent_asin"], record["title"], record["price"]]
        case "no parent_asin":
            del record["parent_asin"]
        case "rating_number as a word":
            record["rating_number"] = "many"
    return json.dumps(record, ensure_ascii=False)


def price_texts(catalogue: Catalogue, prices: Prices, rows: np.ndarray) -> list[str]:
    """The price events at `rows` (0-based) as JSON texts without newline."""
    asins = catalogue.parent_asins.take(pa.array(prices.item[rows])).to_pylist()
    return [
        f'{{"parent_asin": "{asin}", "timestamp": {at}, "price": {cents / 100}}}'
        for asin, at, cents in zip(
            asins, prices.timestamp[rows].tolist(), prices.cents[rows].tolist(), strict=True
        )
    ]


def stretches(start: int, stop: int, rows: int) -> Iterator[np.ndarray]:
    """The numbers start … stop - 1 in arrays of at most `rows`."""
    for first in range(start, stop, rows):
        yield np.arange(first, min(first + rows, stop))
