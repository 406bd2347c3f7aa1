"""Reviews as they are handed out: JSON texts, and Arrow tables."""

import json
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .draws import roll, rolls
from .facts import draw_facts, user_ids
from .phrases import BOUGHT, noun_bank, phrases
from .reviews import Reviews

DETAIL_COUNTS = (0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 4, 5, 5)
MOST_DETAILS = 5
EDITED = 2**40


def _words(
    reviews: Reviews,
    index: np.ndarray,
    edited: np.ndarray,
    facts: dict,
) -> tuple[list, list]:
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
            code = roll(seed, "review picture", n * 3 + picture, 2**32 - 1)
            name = f"https://images.example.com/I/{code:08x}"
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
    """The reviews at `index` as typed columns.

    helpful_vote is a number throughout, vine is null before its day.
    """
    facts = draw_facts(reviews, index, edited)
    banks = {"phrase": phrases().plain, "noun": noun_bank()}

    def joined(pieces: list) -> pa.Array:
        parts = (banks[bank].take(pa.array(piece)) for bank, piece in pieces)
        return pc.binary_join_element_wise(*parts, "")

    title, text = (joined(pieces) for pieces in _words(reviews, index, edited, facts))
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
