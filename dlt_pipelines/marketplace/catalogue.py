"""The catalogue: product lines, their items, and the JSON record of an item.

What reviews and prices need of every item is kept in arrays; an item's full record is made
when it is asked for, so that a large catalogue needs little memory.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from .draws import roll, rolls, shuffled
from .vocabulary import (
    COUNTRIES,
    DEPARTMENTS,
    DESCRIPTIONS,
    FEATURES,
    LEAVES,
    NOUNS,
    VARIETIES,
    brand_name,
)

ASIN_SPACE = 36**8
ASIN_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# Per mille of 1, 2, 3, 4 and 5 stars for the five grades of goods, and how many items of a
# hundred are of each.
GRADES = (
    (50, 20, 50, 150, 730),
    (80, 40, 65, 155, 660),
    (115, 50, 80, 150, 605),
    (150, 65, 95, 160, 530),
    (260, 90, 110, 150, 390),
)
GRADE_SHARES = (25, 35, 25, 11, 4)

NUMERIC, MISSING, TEXT = 0, 1, 2


@dataclass(frozen=True)
class Catalogue:
    """Arrays with one entry an item, in the order of the catalogue.

    `line` numbers the product line (one store, one leaf category); `stores` and `line_leaf`
    have one entry a line. `asins` holds all variants of all items; those of item i are
    `asins[first_asin[i] : first_asin[i] + variants[i]]`. `weight` is the share of the
    shop's traffic, `has_path` says that its categories are known, `price_kind` is NUMERIC,
    MISSING or TEXT, `cents` the first price.
    """

    seed: int
    line: np.ndarray
    leaf: np.ndarray
    noun: np.ndarray
    grade: np.ndarray
    weight: np.ndarray
    has_path: np.ndarray
    price_kind: np.ndarray
    cents: np.ndarray
    first_asin: np.ndarray
    variants: np.ndarray
    parent_asins: pa.Array
    asins: pa.Array
    stores: list[str]
    line_leaf: list[int]

    def __len__(self) -> int:
        return len(self.line)


def build_catalogue(seed: int, items: int) -> Catalogue:
    """The catalogue of `items` items."""
    stores, line_leaf, sizes = _product_lines(seed, items)
    ordinal = np.arange(items)
    # Lines are scattered over the catalogue instead of standing in blocks.
    line = np.repeat(np.arange(len(sizes)), sizes)[shuffled(seed, "catalogue order", items)]
    leaf = np.asarray(line_leaf)[line]
    first_noun = np.cumsum([0] + [len(one.nouns) for one in LEAVES])
    nouns = np.asarray([len(one.nouns) for one in LEAVES])
    noun = first_noun[leaf] + rolls(seed, "noun", ordinal, nouns[leaf])

    shares = np.repeat(np.arange(len(GRADES)), GRADE_SHARES)
    grade = shares[rolls(seed, "grade", ordinal, 100)]
    rank = np.empty(items, dtype=np.int64)
    rank[shuffled(seed, "popularity", items)] = ordinal
    # A long tail: the hundredth product sells a seventh of the first, and some never sell.
    weight = 10**10 // (rank + 15)
    weight[(rolls(seed, "never sold", ordinal, 100) < 9) & (rank >= items // 5)] = 0

    # A few items have no category path, as in the real set; line 0 is always whole.
    has_path = (rolls(seed, "category path", ordinal, 200) > 0) | (line == 0)
    kind = np.asarray([MISSING] * 120 + [TEXT] * 12 + [NUMERIC] * 868)[
        rolls(seed, "price kind", ordinal, 1000)
    ]
    low = np.asarray([one.cents[0] for one in LEAVES])[leaf]
    high = np.asarray([one.cents[1] for one in LEAVES])[leaf]
    # The smaller of two draws: cheap goods are more common than dear ones.
    cents = low + np.minimum(
        rolls(seed, "price", ordinal, high - low), rolls(seed, "price again", ordinal, high - low)
    )
    endings = np.asarray([99] * 11 + [49] * 3 + [95] * 3 + [0] * 2 + [-1] * 5)
    ending = endings[rolls(seed, "price ending", ordinal, len(endings))]
    cents = np.where(ending < 0, cents, cents // 100 * 100 + ending)

    variant_counts = np.asarray([1] * 17 + [2, 3, 5])
    variants = variant_counts[rolls(seed, "variants", ordinal, len(variant_counts))]
    children = np.where(variants > 1, variants, 0)
    first_child = items + np.cumsum(children) - children
    parents = [_asin(seed, number) for number in range(items)]
    all_asins = parents + [
        _asin(seed, number) for number in range(items, items + int(children.sum()))
    ]
    return Catalogue(
        seed,
        line,
        leaf,
        noun,
        grade,
        weight,
        has_path,
        kind,
        cents,
        np.where(variants > 1, first_child, ordinal),
        variants,
        pa.array(parents, pa.string()),
        pa.array(all_asins, pa.string()),
        stores,
        line_leaf,
    )


def _product_lines(seed: int, items: int) -> tuple[list[str], list[int], list[int]]:
    """Stores, leaves and sizes of the product lines; no two share store and leaf."""
    durable = [number for number, leaf in enumerate(LEAVES) if DEPARTMENTS[leaf.department].durable]
    pool = max(9, items // 60)
    stores, leaves, sizes, taken = [], [], [], set()
    left = items
    while left > 0:
        number = len(sizes)
        leaf = roll(seed, "line leaf", number, len(LEAVES))
        size = 1 + roll(seed, "line size", number, 12)
        if number == 0:
            # There is always a line that a change of supplier can spoil.
            leaf = durable[roll(seed, "line leaf", 0, len(durable))]
            size = 8 + roll(seed, "line size", 0, 8)
        brand = roll(seed, "line brand", number, pool)
        while (brand, leaf) in taken:
            brand += 1
        taken.add((brand, leaf))
        stores.append(brand_name(brand * len(DEPARTMENTS) + LEAVES[leaf].department))
        leaves.append(leaf)
        sizes.append(min(size, left))
        left -= size
    return stores, leaves, sizes


def _asin(seed: int, number: int) -> str:
    """The ASIN of a number; a one-to-one map, so no two numbers share one."""
    step = 2 * roll(seed, "asin step", 0, 2**31) + 1_000_000_007
    # The space is 6**16: a step without a factor 2 or 3 reaches all of it.
    step += 2 * (step % 3 == 0)
    code = (number * step * 1013 + roll(seed, "asin start", 0, 2**32 - 1) * 613) % ASIN_SPACE
    digits = ""
    for _ in range(8):
        code, digit = divmod(code, 36)
        digits = ASIN_DIGITS[digit] + digits
    return "B0" + digits


def item_record(catalogue: Catalogue, ordinal: int, cents: int | None, reviews: int) -> dict:
    """The record of one item, in the real set's layout.

    `cents` is the price in force (None: no numeric price yet), `reviews` the number of
    reviews the shop expects for it, from which its own `rating_number` follows.
    """
    seed = catalogue.seed

    def pick(stream: str, options):
        return options[roll(seed, stream, ordinal, len(options))]

    leaf = LEAVES[catalogue.leaf[ordinal]]
    department = DEPARTMENTS[leaf.department]
    brand = catalogue.stores[catalogue.line[ordinal]]
    noun = NOUNS[catalogue.noun[ordinal]]
    varieties = VARIETIES[department.variety]
    words = {
        "brand": brand,
        "noun": noun,
        "style": pick("style", department.styles),
        "material": pick("material", leaf.materials),
        "size": pick("size", leaf.sizes),
        "colour": pick("colour", varieties),
        "variety_count": len(varieties),
        "aspect": pick("aspect", leaf.aspects),
    }
    main_category = (
        None if roll(seed, "main category", ordinal, 50) == 0 else department.main_category
    )
    if main_category and roll(seed, "shouting", ordinal, 100) == 0:
        main_category = main_category.upper()
    return {
        "main_category": main_category,
        "title": _title(words, roll(seed, "title form", ordinal, 17) // 4),
        "average_rating": _average_rating(catalogue, ordinal),
        "rating_number": 1
        + roll(seed, "silent ratings", ordinal, 9)
        + reviews * (15 + roll(seed, "silent share", ordinal, 25)) // 10,
        "features": _sentences(seed, "features", ordinal, FEATURES, 7, words),
        "description": _sentences(seed, "description", ordinal, DESCRIPTIONS, 4, words),
        "price": _price(catalogue, ordinal, cents),
        "images": _images(seed, ordinal),
        "videos": _videos(seed, ordinal, words),
        "store": brand,
        "categories": [department.name, leaf.middle, leaf.name]
        if catalogue.has_path[ordinal]
        else [],
        "details": _details(catalogue, ordinal, words, department, leaf),
        "parent_asin": catalogue.parent_asins[ordinal].as_py(),
        "bought_together": None,
    }


def _title(words: dict, form: int) -> str:
    name = words["noun"].title().replace("Usb", "USB")
    return (
        f"{words['brand']} {words['style']} {name}, {words['material']}, {words['size']}, "
        f"{words['colour']}",
        f"{words['brand']} {name} - {words['material']} ({words['colour']})",
        f"{words['brand']} {words['style']} {name} | {words['size']} | {words['colour']}",
        f"{words['style']} {words['material']} {name} by {words['brand']}, {words['colour']}",
        f"{words['brand']} {name}",
    )[form]


def _average_rating(catalogue: Catalogue, ordinal: int) -> float:
    shares = GRADES[catalogue.grade[ordinal]]
    tenths = sum(stars * share for stars, share in enumerate(shares, 1)) // 100
    tenths += roll(catalogue.seed, "average rating", ordinal, 5) - 2
    return min(tenths, 50) / 10


def _sentences(
    seed: int, stream: str, ordinal: int, options: tuple, most: int, words: dict
) -> list[str]:
    if roll(seed, stream + " empty", ordinal, 6) == 0:
        return []
    first = roll(seed, stream + " first", ordinal, len(options))
    count = 1 + roll(seed, stream + " count", ordinal, min(most, len(options)))
    return [options[(first + n) % len(options)].format(**words) for n in range(count)]


def _price(catalogue: Catalogue, ordinal: int, cents: int | None) -> float | str | None:
    kind = catalogue.price_kind[ordinal]
    if kind == TEXT:
        if roll(catalogue.seed, "price text", ordinal, 3) == 0:
            return "—"
        return f"from {catalogue.cents[ordinal] // 100}.{catalogue.cents[ordinal] % 100:02d}"
    return None if kind == MISSING or cents is None else cents / 100


def _images(seed: int, ordinal: int) -> list[dict]:
    images = []
    for n in range(roll(seed, "images", ordinal, 4) + 1):
        number = roll(seed, "image name", ordinal * 4 + n, 2**32 - 1)
        name = f"https://images.example.com/I/{number:08x}"
        images.append(
            {
                "thumb": name + "._SS40_.jpg",
                "large": name + ".jpg",
                "variant": f"PT{n:02d}" if n else "MAIN",
                "hi_res": name + "._SL1500_.jpg"
                if roll(seed, "hi res", ordinal * 4 + n, 8)
                else None,
            }
        )
    return images


def _videos(seed: int, ordinal: int, words: dict) -> list[dict]:
    if roll(seed, "videos", ordinal, 6):
        return []
    name = f"{roll(seed, 'video name', ordinal, 2**32 - 1):08x}"
    return [
        {
            "title": f"A closer look at the {words['noun']}",
            "url": f"https://videos.example.com/vdp/{name}",
            "user_id": "",
        }
    ]


def _details(catalogue: Catalogue, ordinal: int, words: dict, department, leaf) -> dict:
    """A free-form object: keys come and go, some hold objects, some differ in case only."""
    seed = catalogue.seed

    def chance(stream: str, percent: int) -> bool:
        return roll(seed, "has " + stream, ordinal, 100) < percent

    def number(stream: str, sides: int) -> int:
        return roll(seed, "details " + stream, ordinal, sides)

    details: dict = {}
    if chance("brand", 90):
        details["Brand"] = words["brand"]
    if chance("material", 70):
        details["Material"] = words["material"]
    if chance("colour", 65):
        details[department.variety] = words["colour"]
    if chance("weight", 75):
        details["Item Weight"] = (
            f"{1 + number('weight', 48) / 10:.1f} pounds"
            if chance("pounds", 55)
            else f"{1 + number('weight', 15)} ounces"
        )
    if chance("dimensions", 70):
        sides = [f"{(15 + number(side, 180)) / 10}" for side in "abc"]
        details["Package Dimensions"] = " x ".join(sides) + " inches"
    if chance("manufacturer", 55):
        details["Manufacturer"] = words["brand"]
    if chance("model", 60):
        details["Item model number"] = (
            f"{words['brand'][:3].upper()}-{number('model', 9000) + 1000}"
        )
    if chance("first available", 70):
        month = ("January", "March", "April", "June", "August", "October", "November")[
            number("month", 7)
        ]
        details["Date First Available"] = (
            f"{month} {1 + number('day', 28)}, {2016 + number('year', 8)}"
        )
    if chance("country", 50):
        details["Country of Origin"] = COUNTRIES[number("country", len(COUNTRIES))]
    if chance("pieces", 30):
        pieces = str(1 + number("pieces", 12))
        details["Number of Pieces"] = pieces
        if chance("pieces twice", 12):
            details["Number of pieces"] = pieces
    if chance("rank", 35):
        details["Best Sellers Rank"] = {
            department.name: 1 + number("rank", 90_000),
            leaf.name: 1 + number("leaf rank", 2_000),
        }
    if chance("care", 20):
        details["Care Instructions"] = {"Washing": "Hand wash only", "Drying": "Air dry"}
    return details
