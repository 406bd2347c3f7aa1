"""What a review says: rating, user, helpful votes and the rest, drawn from its number."""

from functools import lru_cache

import numpy as np
import pyarrow as pa

from .catalogue import GRADES
from .draws import bits, rolls
from .phrases import BOUGHT, OVERPRICED, SUPPLIER
from .reviews import Reviews, bought_number, days_of, golden, items_of, timestamps_of
from .truths import AFTER_DROP, AFTER_RISE, BEFORE_DROP, BEFORE_RISE, DAYS

# Ratings by what is reviewed: five grades of ordinary goods, then the planted ones.
RATING_TABLES = (*GRADES, BEFORE_DROP, AFTER_DROP, BEFORE_RISE, AFTER_RISE)
DROP, RISE = len(GRADES), len(GRADES) + 2

HELPFUL_STEPS = (
    (0, 1, 7150),
    (1, 1, 1280),
    (2, 1, 560),
    (3, 2, 430),
    (5, 5, 330),
    (10, 15, 170),
    (25, 75, 65),
    (100, 400, 14),
    (500, 3000, 1),
)
BOUGHT_USERS = 2**40
USER_LETTERS = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", dtype=np.uint8)


@lru_cache(maxsize=1)
def _rating_table() -> np.ndarray:
    return np.concatenate([np.repeat(np.arange(1, 6), shares) for shares in RATING_TABLES])


@lru_cache(maxsize=1)
def _helpful_table() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    low, spread, weight = np.asarray(HELPFUL_STEPS).T
    step = np.repeat(np.arange(len(weight)), weight)
    return low, spread, step


def draw_facts(reviews: Reviews, index: np.ndarray, edited: np.ndarray) -> dict[str, np.ndarray]:
    """All facts of the reviews at `index`, each an array; `edited` marks second versions.

    Keys: day, timestamp, item, asin (number in `catalogue.asins`), user, rating (1 … 5),
    helpful, verified, bought, tone, and `has_vine`, `vine`, `as_text` for what the planted
    changes of the record's form do.
    """
    seed, story, catalogue = reviews.seed, reviews.story, reviews.catalogue
    day = days_of(reviews, index)
    bought = bought_number(reviews, index, day)
    item = items_of(reviews, index, bought)
    leader, item = _sittings(reviews, index, day, bought, item)

    rating, tone = _stars(reviews, index, edited, day, bought, item)
    verified = rolls(seed, "verified", index, 1000) < 872
    if story:
        verified &= bought < 0

    variant = rolls(seed, "variant", index, catalogue.variants[item])
    low, spread, steps = _helpful_table()
    helpful_step = steps[rolls(seed, "helpful", index, len(steps))]
    day_of_vine, day_of_text = (story.vine_day, story.text_day) if story else (DAYS, DAYS)
    return {
        "day": day,
        "timestamp": timestamps_of(reviews, leader, day),
        "item": item,
        "asin": catalogue.first_asin[item] + variant,
        "user": np.where(bought >= 0, BOUGHT_USERS + bought, _users(reviews, leader)),
        "rating": rating,
        "helpful": low[helpful_step] + rolls(seed, "helpful more", index, spread[helpful_step]),
        "verified": verified,
        "bought": bought,
        "tone": tone,
        "has_vine": day >= day_of_vine,
        "vine": rolls(seed, "vine", index, 100) < 4,
        "as_text": day >= day_of_text,
    }


def _stars(
    reviews: Reviews,
    index: np.ndarray,
    edited: np.ndarray,
    day: np.ndarray,
    bought: np.ndarray,
    item: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Rating (1 … 5) and tone (what the words are drawn from) of each review."""
    seed, story = reviews.seed, reviews.story
    kind = reviews.catalogue.grade[item]
    luck = rolls(seed, "rating", index, 1000)
    if story:
        kind = kind.copy()
        in_line = np.isin(item, story.drop_items)
        kind[in_line] = DROP + (day[in_line] >= story.drop_day)
        rising = item == story.rise_item
        kind[rising] = RISE + (day[rising] >= story.rise_day)
        # Planted ratings are spread evenly, give or take a tenth: in a small shop plain luck
        # could hide the story.
        share, (drop, rise, _) = golden(reviews, index), reviews.shares
        even = np.where(
            in_line,
            share * len(story.drop_items) % drop * 1000 // drop,
            (share - drop) * 1000 // (rise - drop),
        )
        luck = np.where(in_line | rising, (even + luck // 10) % 1000, luck)
    rating = _rating_table()[kind * 1000 + luck]
    rating[bought >= 0] = 5
    step = 1 - 2 * rolls(seed, "change of mind", index, 2)
    changed = np.where((rating + step < 1) | (rating + step > 5), rating - step, rating + step)
    rating = np.where(edited, changed, rating)
    return rating, _tone(seed, index, rating, kind, bought)


def _tone(
    seed: int, index: np.ndarray, rating: np.ndarray, kind: np.ndarray, bought: np.ndarray
) -> np.ndarray:
    """What the words of each review are drawn from.

    No word is a planted product's own: some people complain of changed goods, of prices, or
    cheer without measure about anything, and many who met the trouble say something ordinary.
    """
    luck = rolls(seed, "tone", index, 1000)
    changed = np.where(kind == DROP + 1, 600, 60)
    dearer = np.where(kind == RISE + 1, 600, 30)
    cheering = np.where(bought >= 0, 850, 12)
    tone = rating - 1
    tone[(rating <= 3) & (luck < changed)] = SUPPLIER
    # from the other end of the same dice, so that nobody complains of both
    tone[(rating <= 4) & (luck >= 1000 - dearer)] = OVERPRICED
    tone[(rating == 5) & (luck < cheering)] = BOUGHT
    return tone


def _sittings(
    reviews: Reviews,
    index: np.ndarray,
    day: np.ndarray,
    bought: np.ndarray,
    item: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Who wrote two reviews at the same moment: the index whose user and time count.

    About 1 % of reviews share user and millisecond with the review before them, about
    another item: neither alone identifies a review.
    """

    def joins(number: np.ndarray) -> np.ndarray:
        return rolls(reviews.seed, "sitting", number, 1000) < 12

    follows = joins(index) & ~joins(index - 1) & (index > reviews.first[day])
    found = np.flatnonzero(follows & (bought < 0))
    before = index[found] - 1
    bought_before = bought_number(reviews, before, day[found])
    other = items_of(reviews, before, bought_before) != item[found]
    leader = index.copy()
    leader[found[other & (bought_before < 0)]] -= 1
    return leader, item


def _users(reviews: Reviews, index: np.ndarray) -> np.ndarray:
    """User numbers: most people write once or twice, a few write a lot."""
    seed = reviews.seed
    pool = max(reviews.count * 8 // 10, 1)
    user = rolls(seed, "user", index, pool)
    busy = np.flatnonzero(rolls(seed, "busy user", index, 100) < 22)
    for stream in ("user again", "user once more"):
        user[busy] = user[busy] * rolls(seed, stream, index[busy], 2**16) >> 16
    return user


def user_ids(reviews: Reviews, user: np.ndarray) -> pa.Array:
    """User ids for user numbers: AE and 26 letters of base 32."""
    letters = np.empty((len(user), 28), dtype=np.uint8)
    letters[:, 0], letters[:, 1] = ord("A"), ord("E")
    for part, stream in enumerate(("user id", "user id middle", "user id end")):
        code = bits(reviews.seed, stream, user)
        for n in range(9 if part < 2 else 8):
            digit = (code >> np.uint64(5 * n)).astype(np.uint8) & 31
            letters[:, 2 + part * 9 + n] = USER_LETTERS[digit]
    offsets = np.arange(len(user) + 1, dtype=np.int32) * 28
    return pa.StringArray.from_buffers(len(user), pa.py_buffer(offsets), pa.py_buffer(letters))
