"""Reviews: facts drawn from the review's number, and their JSON or Arrow rendering.

Reviews are numbered 0 … N - 1 in the order of their day. Everything about review i follows
from (seed, i), so any range of reviews can be made on its own.
"""

import json
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .catalogue import GRADES, Catalogue
from .draws import GAMMA, bits, roll, rolls
from .phrases import BOUGHT, OVERPRICED, SUPPLIER, noun_bank, phrases
from .truths import (
    AFTER_DROP,
    AFTER_RISE,
    BEFORE_DROP,
    BEFORE_RISE,
    DAY_MS,
    DAYS,
    FIRST_DAY,
    FIRST_MS,
    Story,
)

# Traffic by weekday (Monday first), by month (January first) and by hour, in arbitrary units.
WEEKDAYS = (104, 102, 99, 96, 92, 98, 109)
MONTHS = (112, 92, 90, 91, 94, 96, 104, 98, 93, 97, 118, 135)
HOURS = (6, 4, 3, 2, 2, 3, 5, 8, 11, 13, 14, 14, 14, 13, 13, 13, 13, 14, 15, 17, 19, 18, 14, 9)

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
DETAIL_COUNTS = (0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 4, 5, 5)
MOST_DETAILS = 5
BOUGHT_USERS = 2**40
EDITED = 2**40
USER_LETTERS = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", dtype=np.uint8)


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
        shares = tuple(int(bound) * 2**32 // usual for bound in bounds)
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
    planted = story.drop_reviews + story.rise_reviews + story.burst_usual + sum(story.burst_sizes) if story else 0
    total = max(int(reviews.weights[-1]), 1)
    # Whole millionths keep the product inside 64 bits.
    expected = weight * 1_000_000 // total * (reviews.count - planted) // 1_000_000
    if story:
        expected[story.drop_items] = story.drop_reviews // len(story.drop_items)
        expected[story.rise_item] = story.rise_reviews
        expected[story.burst_item] = story.burst_usual + sum(story.burst_sizes)
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
    mark = rolls(reviews.seed, "item", index, total // step) * step + rolls(reviews.seed, "item step", index, step)
    item = np.searchsorted(weights, mark, side="right")
    story = reviews.story
    if story:
        golden = _golden(reviews, index)
        drop, rise, burst = reviews.shares
        in_line = golden < drop
        item[in_line] = story.drop_items[golden[in_line] * len(story.drop_items) // drop]
        item[(golden >= drop) & (golden < rise)] = story.rise_item
        item[((golden >= rise) & (golden < burst)) | (bought >= 0)] = story.burst_item
    return item


def _golden(reviews: Reviews, index: np.ndarray) -> np.ndarray:
    """The golden-ratio sequence at each index, as a number below 2**32."""
    start = roll(reviews.seed, "golden", 0, 2**32 - 1) << 32
    return ((index.astype(np.uint64) * np.uint64(GAMMA) + np.uint64(start)) >> np.uint64(32)).view(np.int64)


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
    return FIRST_MS + day * DAY_MS + hour * 3_600_000 + (ms - ends[hour]) * 3_600_000 // (ends[hour + 1] - ends[hour])


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

    kind = catalogue.grade[item]
    luck = rolls(seed, "rating", index, 1000)
    verified = rolls(seed, "verified", index, 1000) < 872
    if story:
        kind = kind.copy()
        in_line = np.isin(item, story.drop_items)
        kind[in_line] = DROP + (day[in_line] >= story.drop_day)
        rising = item == story.rise_item
        kind[rising] = RISE + (day[rising] >= story.rise_day)
        # Planted ratings are spread evenly, give or take a tenth: in a small shop plain luck
        # could hide the story.
        golden, (drop, rise, _) = _golden(reviews, index), reviews.shares
        even = np.where(in_line, golden * len(story.drop_items) % drop * 1000 // drop, (golden - drop) * 1000 // (rise - drop))
        luck = np.where(in_line | rising, (even + luck // 10) % 1000, luck)
        verified &= bought < 0
    rating = _rating_table()[kind * 1000 + luck]
    rating[bought >= 0] = 5
    step = 1 - 2 * rolls(seed, "change of mind", index, 2)
    changed = np.where((rating + step < 1) | (rating + step > 5), rating - step, rating + step)
    rating = np.where(edited, changed, rating)
    tone = rating - 1
    tone[(kind == DROP + 1) & (rating <= 3)] = SUPPLIER
    tone[(kind == RISE + 1) & (rating <= 4)] = OVERPRICED
    tone[bought >= 0] = BOUGHT

    low, spread, steps = _helpful_table()
    helpful_step = steps[rolls(seed, "helpful", index, len(steps))]
    day_of_vine, day_of_text = (story.vine_day, story.text_day) if story else (DAYS, DAYS)
    return {
        "day": day,
        "timestamp": timestamps_of(reviews, leader, day),
        "item": item,
        "asin": catalogue.first_asin[item] + rolls(seed, "variant", index, catalogue.variants[item]),
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


def _sittings(reviews: Reviews, index: np.ndarray, day: np.ndarray, bought: np.ndarray, item: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Who wrote two reviews at the same moment: the index whose user and time count.

    About 1 % of reviews share user and millisecond with the review before them, about
    another item: neither alone identifies a review.
    """

    def joins(number: np.ndarray) -> np.ndarray:
        return rolls(reviews.seed, "sitting", number, 1000) < 12

    found = np.flatnonzero(joins(index) & ~joins(index - 1) & (index > reviews.first[day]) & (bought < 0))
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
            letters[:, 2 + part * 9 + n] = USER_LETTERS[(code >> np.uint64(5 * n)).astype(np.uint8) & 31]
    offsets = np.arange(len(user) + 1, dtype=np.int32) * 28
    return pa.StringArray.from_buffers(len(user), pa.py_buffer(offsets), pa.py_buffer(letters))


def _words(reviews: Reviews, index: np.ndarray, edited: np.ndarray, facts: dict) -> tuple[list, list]:
    """Title and text as lists of (bank, index) pieces; bank is "phrase" or "noun"."""
    seed, bank, tone = reviews.seed, phrases(), facts["tone"]
    leaf = reviews.catalogue.leaf[facts["item"]]
    noun = reviews.catalogue.noun[facts["item"]] + 1
    # An edit is drawn from other numbers, so its words differ.
    index = index + np.where(edited, EDITED, 0)

    def choose(slot: str, stream: str) -> np.ndarray:
        return bank.first[slot][tone] + rolls(seed, stream, index, bank.count[slot][tone])

    with_noun = rolls(seed, "title form", index, 100) < 24
    title = np.where(with_noun, choose("title opening", "title opening"), choose("title", "title"))

    form = rolls(seed, "text form", index, 1000)
    short = np.where(tone == BOUGHT, 600, 250)
    long = form >= short
    opening = choose("opening", "opening")
    start = np.where(long, opening, np.where(form >= 22, choose("short", "short"), 0))
    pieces = [
        ("phrase", start),
        ("noun", np.where(long, noun, 0)),
        ("phrase", np.where(long, opening + bank.ending, 0)),
    ]
    details = np.asarray(DETAIL_COUNTS)[rolls(seed, "details", index, len(DETAIL_COUNTS))]
    details[~long | (tone == BOUGHT)] = 0
    detail_first, detail_count = bank.first["detail"], bank.count["detail"]
    for n in range(MOST_DETAILS):
        some = np.flatnonzero(details > n)
        piece = np.zeros(len(index), dtype=np.int64)
        where = (tone[some], leaf[some])
        draw = rolls(seed, f"detail {n}", index[some], detail_count[where] * 32)
        # One detail in 32 begins a new line.
        piece[some] = detail_first[where] + draw // 32 + np.where(draw % 32 == 0, bank.new_line, 0)
        pieces.append(("phrase", piece))
    pieces.append(("phrase", np.where(long, choose("closing", "closing"), 0)))
    return [("phrase", title), ("noun", np.where(with_noun, noun, 0))], pieces


def _images(seed: int) -> list[list[dict]]:
    """A stock of picture lists; number 0 is the empty one."""
    stock: list[list[dict]] = [[]]
    for n in range(255):
        pictures = []
        for picture in range(1 + roll(seed, "review pictures", n, 3)):
            name = f"https://images.example.com/I/{roll(seed, 'review picture', n * 3 + picture, 2**32 - 1):08x}"
            pictures.append(
                {
                    "small_image_url": name + "._SL256_.jpg",
                    "medium_image_url": name + "._SL800_.jpg",
                    "large_image_url": name + "._SL1600_.jpg",
                    "attachment_type": "IMAGE",
                }
            )
        stock.append(pictures)
    return stock


@lru_cache(maxsize=8)
def _image_banks(seed: int) -> tuple[pa.Array, pa.Array]:
    stock = _images(seed)
    kind = pa.list_(pa.struct([(name, pa.string()) for name in stock[1][0]]))
    middles = [f'", "images": {json.dumps(pictures)}, "asin": "' for pictures in stock]
    return pa.array(stock, kind), pa.array(middles, pa.string())


def _image_numbers(reviews: Reviews, index: np.ndarray) -> np.ndarray:
    number = rolls(reviews.seed, "pictures", index, 256 * 22)
    return np.where(number < 256, number, 0)


HEADS = pa.array([f'{{"rating": {stars}.0, "title": "' for stars in range(6)], pa.string())
HELPFUL_HEADS = pa.array([', "helpful_vote": ', ', "helpful_vote": "'], pa.string())
TAILS = pa.array(
    [
        f'{quote}, "verified_purchase": {verified}{vine}}}\n'
        for quote in ("", '"')
        for verified in ("false", "true")
        for vine in ("", ', "vine": false', ', "vine": true')
    ],
    pa.string(),
)


def json_lines(reviews: Reviews, index: np.ndarray, edited: np.ndarray) -> pa.Array:
    """The reviews at `index` as JSON texts, each with its newline."""
    facts = draw_facts(reviews, index, edited)
    title, text = _words(reviews, index, edited, facts)
    banks = {"phrase": phrases().escaped, "noun": noun_bank()}
    catalogue = reviews.catalogue
    tail = facts["as_text"] * 6 + facts["verified"] * 3 + facts["has_vine"] * (1 + facts["vine"])
    return pc.binary_join_element_wise(
        HEADS.take(pa.array(facts["rating"])),
        *(banks[bank].take(pa.array(piece)) for bank, piece in title),
        '", "text": "',
        *(banks[bank].take(pa.array(piece)) for bank, piece in text),
        _image_banks(reviews.seed)[1].take(pa.array(_image_numbers(reviews, index))),
        catalogue.asins.take(pa.array(facts["asin"])),
        '", "parent_asin": "',
        catalogue.parent_asins.take(pa.array(facts["item"])),
        '", "user_id": "',
        user_ids(reviews, facts["user"]),
        '", "timestamp": ',
        pa.array(facts["timestamp"]).cast(pa.string()),
        HELPFUL_HEADS.take(pa.array(facts["as_text"].astype(np.int64))),
        pa.array(facts["helpful"]).cast(pa.string()),
        TAILS.take(pa.array(tail)),
        "",
    )


def arrow_table(reviews: Reviews, index: np.ndarray, edited: np.ndarray) -> pa.Table:
    """The reviews at `index` as typed columns: helpful_vote is a number, vine null before its day."""
    facts = draw_facts(reviews, index, edited)
    banks = {"phrase": phrases().plain, "noun": noun_bank()}
    title, text = (
        pc.binary_join_element_wise(*(banks[bank].take(pa.array(piece)) for bank, piece in pieces), "")
        for pieces in _words(reviews, index, edited, facts)
    )
    catalogue = reviews.catalogue
    columns = {
        "rating": pa.array(facts["rating"].astype(np.float64)),
        "title": title,
        "text": text,
        "images": _image_banks(reviews.seed)[0].take(pa.array(_image_numbers(reviews, index))),
        "asin": catalogue.asins.take(pa.array(facts["asin"])),
        "parent_asin": catalogue.parent_asins.take(pa.array(facts["item"])),
        "user_id": user_ids(reviews, facts["user"]),
        "timestamp": pa.array(facts["timestamp"]),
        "helpful_vote": pa.array(facts["helpful"]),
        "verified_purchase": pa.array(facts["verified"]),
    }
    if reviews.story:
        columns["vine"] = pa.array(facts["vine"], mask=~facts["has_vine"])
    return pa.table(columns)
