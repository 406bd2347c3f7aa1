"""The record of what was planted, for tests to compare with what was found."""

import numpy as np

from .facts import draw_facts, user_ids
from .feed import DUPLICATE, EDIT, ITEM_FAULTS, MALFORMED, ORIGINAL, REVIEW_FAULTS, ReviewFeed
from .reviews import bought_number, days_of
from .shop import Shop
from .truths import calendar_day
from .vocabulary import LEAVES

MOST_LISTED = 1_000_000
STORY_KEYS = ("quality_drop", "review_burst", "price_rise", "field_appears", "type_changes")


def truth_record(shop: Shop) -> dict:
    """What is planted in a marketplace, as plain JSON values.

    Keys:
    - `items`, `reviews`, `seed`, `truths`: what was asked for
    - `counts`: items, distinct_reviews, review_records, duplicates, edits,
      malformed_reviews, malformed_items, late_reviews, price_events
    - `quality_drop`, `review_burst`, `price_rise`, `field_appears`, `type_changes`: objects,
      null where nothing is planted; dates as YYYY-MM-DD
    - `late`, `edited`, `duplicated`: lists of objects with the review's key (user_id, asin,
      timestamp), the position and day of arrival of the late, edited or second record, and
      for edits the final rating; `malformed`: lists of position and fault for reviews and
      items. All four are null above a million reviews.
    """
    feed, items = shop.review_feed, shop.item_feed
    day = days_of(shop.review_plan, feed.review)
    late = (feed.kind == ORIGINAL) & (feed.arrival > day)
    listed = shop.reviews <= MOST_LISTED
    mangled = np.flatnonzero(feed.kind >= MALFORMED)
    mangled_items = np.flatnonzero(items.fault >= 0)
    return {
        "items": shop.items,
        "reviews": shop.reviews,
        "seed": shop.seed,
        "truths": shop.truths,
        "counts": {
            "items": shop.items,
            "distinct_reviews": shop.reviews,
            "review_records": len(feed),
            "duplicates": int((feed.kind == DUPLICATE).sum()),
            "edits": int((feed.kind == EDIT).sum()),
            "malformed_reviews": len(mangled),
            "malformed_items": len(mangled_items),
            "late_reviews": int(late.sum()),
            "price_events": len(shop.prices.item),
        },
        **_story_record(shop),
        "late": _keys(feed, np.flatnonzero(late)) if listed else None,
        "edited": _keys(feed, np.flatnonzero(feed.kind == EDIT)) if listed else None,
        "duplicated": _keys(feed, np.flatnonzero(feed.kind == DUPLICATE)) if listed else None,
        "malformed": {
            "reviews": _faults(mangled, REVIEW_FAULTS, feed.kind[mangled] - MALFORMED),
            "items": _faults(mangled_items, ITEM_FAULTS, items.fault[mangled_items]),
        }
        if listed
        else None,
    }


def _story_record(shop: Shop) -> dict:
    story, catalogue, plan = shop.story, shop.catalogue, shop.review_plan
    if story is None:
        return dict.fromkeys(STORY_KEYS)
    asins = catalogue.parent_asins
    rows = np.arange(plan.first[story.burst_day], plan.first[story.burst_day + 3])
    rows = rows[bought_number(plan, rows, days_of(plan, rows)) >= 0]
    bought = draw_facts(plan, rows, np.zeros(len(rows), dtype=bool))
    rises = shop.prices.cents[shop.prices.item == story.rise_item].tolist()
    return {
        "quality_drop": {
            "store": catalogue.stores[story.drop_line],
            "category": LEAVES[catalogue.line_leaf[story.drop_line]].name,
            "parent_asins": sorted(asins[int(item)].as_py() for item in story.drop_items),
            "changed_on": str(calendar_day(story.drop_day)),
        },
        "review_burst": {
            "parent_asin": asins[story.burst_item].as_py(),
            "first_day": str(calendar_day(story.burst_day)),
            "last_day": str(calendar_day(story.burst_day + 2)),
            "review_count": sum(story.burst_sizes),
            "user_ids": sorted(user_ids(plan, bought["user"]).to_pylist()),
        },
        "price_rise": {
            "parent_asin": asins[story.rise_item].as_py(),
            "changed_on": str(calendar_day(story.rise_day)),
            "price_before": rises[-2] / 100,
            "price_after": rises[-1] / 100,
        },
        "field_appears": {
            "table": "reviews",
            "field": "vine",
            "first_day": str(calendar_day(story.vine_day)),
        },
        "type_changes": {
            "table": "reviews",
            "field": "helpful_vote",
            "first_day": str(calendar_day(story.text_day)),
        },
    }


def _faults(rows: np.ndarray, names: tuple[str, ...], numbers: np.ndarray) -> list[dict]:
    pairs = zip(rows.tolist(), numbers.tolist(), strict=True)
    return [{"position": row + 1, "fault": names[number]} for row, number in pairs]


def _keys(feed: ReviewFeed, rows: np.ndarray) -> list[dict]:
    """Key, position, arrival and rating of the records at `rows`."""
    facts = draw_facts(feed.reviews, feed.review[rows].astype(np.int64), feed.kind[rows] == EDIT)
    asins = feed.reviews.catalogue.asins.take(facts["asin"])
    columns = zip(
        user_ids(feed.reviews, facts["user"]).to_pylist(),
        asins.to_pylist(),
        facts["timestamp"].tolist(),
        (rows + 1).tolist(),
        feed.arrival[rows].tolist(),
        facts["rating"].tolist(),
        strict=True,
    )
    return [
        {
            "user_id": user,
            "asin": asin,
            "timestamp": at,
            "position": position,
            "arrived_on": str(calendar_day(arrival)),
            "rating": float(rating),
        }
        for user, asin, at, position, arrival, rating in columns
    ]
