"""Small markets of which it is known what was planted, to try a detector on: how often does it find
the line that went bad, and how often does it speak where nothing happened?
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

import duckdb
import numpy as np
import pandas as pd

from dlt_pipelines.marketplace.facts import draw_facts
from dlt_pipelines.marketplace.shop import Shop
from dlt_pipelines.marketplace.truths import FIRST_DAY
from dlt_pipelines.marketplace.vocabulary import LEAVES

Detector = str | Callable[[pd.DataFrame], Iterable[str]]


@lru_cache(maxsize=64)
def market(
    seed: int, planted: bool, items: int = 600, reviews: int = 12_000
) -> tuple[pd.DataFrame, str | None]:
    """The reviews of a small practice market, and the product line that went bad in it.

    Where nothing is planted, no line did, and None stands for it. The reviews are those of the
    marketplace with this seed, without the products of its other stories. The story is told
    faintly: of the line that went bad every second review is left, and of those after the day every
    third has a rating from before it.

    Columns: product_line (None where a product has none), parent_asin, user_id (a number),
    reviewed_on (date), rating (1.0 to 5.0), is_verified_purchase. The frame is shared: copy it
    before you change it.
    """
    shop = Shop(items, reviews, seed, planted)
    catalogue, story, index = shop.catalogue, shop.story, np.arange(reviews)
    facts = draw_facts(shop.review_plan, index, np.zeros(reviews, dtype=bool))
    names = np.array(
        [
            f"{store} / {LEAVES[leaf].name}"
            for store, leaf in zip(catalogue.stores, catalogue.line_leaf, strict=True)
        ],
        dtype=object,
    )
    item = facts["item"]
    frame = pd.DataFrame(
        {
            "product_line": np.where(catalogue.has_path[item], names[catalogue.line[item]], None),
            "parent_asin": np.array(catalogue.parent_asins.to_pylist(), dtype=object)[item],
            "user_id": facts["user"],
            "reviewed_on": np.datetime64(FIRST_DAY) + facts["day"],
            "rating": facts["rating"].astype(float),
            "is_verified_purchase": facts["verified"],
        }
    )
    if story is None:
        return frame, None
    in_line = np.isin(item, story.drop_items)
    late = np.flatnonzero(in_line & (facts["day"] >= story.drop_day))[::3]
    early = frame.rating[in_line & (facts["day"] < story.drop_day)].to_numpy()
    frame.loc[late, "rating"] = early[np.arange(len(late)) % len(early)]
    left_out = np.isin(item, [story.rise_item, story.burst_item])
    left_out[np.flatnonzero(in_line)[1::2]] = True
    return frame[~left_out].reset_index(drop=True), str(names[story.drop_line])


def findings(detector: Detector, reviews: pd.DataFrame) -> list[str]:
    """The product lines that a detector names.

    detector: SQL on a table `reviews` (the columns of `market`) with a column product_line in its
    result, or a function that takes the DataFrame and returns the lines. Raises what the detector
    raises, and ValueError where it gives something else.
    """
    if isinstance(detector, str):
        with duckdb.connect() as connection:
            connection.register("reviews", reviews)
            found = connection.execute(detector).df()
    else:
        found = detector(reviews.copy())
    if isinstance(found, pd.DataFrame):
        columns = {str(name).lower(): name for name in found.columns}
        if "product_line" not in columns:
            raise ValueError(f"no column product_line, but {', '.join(map(str, found.columns))}")
        found = found[columns["product_line"]]
    if found is None or isinstance(found, str):
        raise ValueError(f"{found!r} in place of a list of product lines")
    return sorted({str(line) for line in found if not pd.isna(line)})


def try_out(detector: Detector, seeds: Iterable[int]) -> pd.DataFrame:
    """Try a detector on two markets of each seed, one with a line that went bad and one without.

    One row a market: seed, planted (the line), found (whether it was named; both are missing where
    there is none), false_alarms (how many other lines of the market were named).
    """
    rows = []
    for seed in seeds:
        for planted in (True, False):
            reviews, line = market(seed, planted)
            named = set(findings(detector, reviews)) & set(reviews.product_line)
            rows.append((seed, line, line in named if line else None, len(named - {line})))
    return pd.DataFrame(rows, columns=["seed", "planted", "found", "false_alarms"])


# What a first thought would do, to rank a detector beside.
FIRST_THOUGHTS = {
    "names the line with the lowest mean": """
        select product_line from reviews where product_line is not null
        group by product_line order by avg(rating), product_line limit 1""",
    "names each line that fell by a star from one year to the next": """
        select product_line from reviews where product_line is not null group by product_line
        having avg(rating) filter (where reviewed_on < date '2025-01-01')
            - avg(rating) filter (where reviewed_on >= date '2025-01-01') >= 1""",
    "names nothing, ever": "select null as product_line",
}


def rank(detector: Detector, seeds: Iterable[int]) -> pd.DataFrame:
    """A detector and three first thoughts, tried on the markets of these seeds, the best first.

    Columns: detector, found, missed, false_alarms; sorted by found less false_alarms.
    """
    seeds = list(seeds)
    rows = []
    for name, each in {"yours": detector, **FIRST_THOUGHTS}.items():
        tried = try_out(each, seeds)
        found, alarms = int(tried.found.sum()), int(tried.false_alarms.sum())
        rows.append((name, found, len(seeds) - found, alarms))
    ranked = pd.DataFrame(rows, columns=["detector", "found", "missed", "false_alarms"])
    place = (ranked.false_alarms - ranked.found).sort_values(kind="stable").index
    return ranked.loc[place].reset_index(drop=True)
