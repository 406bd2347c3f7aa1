"""The marketplace: a shop that can be written to files and served over HTTP."""

import json
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from . import dumps
from .api import Api
from .record import truth_record
from .serving import serve_shop
from .shop import Shop
from .truths import FIRST_DAY, LAST_DAY, day_number


@dataclass(frozen=True)
class Marketplace(Shop):
    """A shop of `items` items and `reviews` distinct reviews over 2024 and 2025.

    The same four values always give the same records. With `truths` the planted story and
    the faults of the feed are in it (at least 200 items and 3,000 reviews), without it the
    records are clean. Raises ValueError for sizes it cannot make.
    """

    def truth(self) -> dict:
        """Everything that was planted and how many records there are, ready for JSON.

        Keys: see `record.truth_record`.
        """
        return truth_record(self)

    def write(
        self,
        out: Path,
        format: str = "jsonl",
        day: date = LAST_DAY,
        progress: dumps.Progress | None = None,
    ) -> list[Path]:
        """Write what the marketplace shows on `day` into the folder `out`.

        Writes meta_Practice_Marketplace, prices_Practice_Marketplace and
        Practice_Marketplace in `format` (jsonl, jsonl.gz or parquet) and truths.json, and
        returns their paths in this order. Line n of a JSONL file is the record at position
        n of its feed. Each file appears under its name when it is complete; files of these
        names are replaced. Parquet has typed columns, which cannot hold everything: there
        malformed records are left out, helpful_vote is a number throughout, a price that
        is text is null, and details are JSON text. `progress` is called with the table's
        name, the records written and the records in all. Raises ValueError for a format or
        day it does not know.
        """
        if format not in dumps.FORMATS:
            raise ValueError(f"format must be one of {', '.join(dumps.FORMATS)}, not {format!r}")
        number = checked_day_number(day)
        out = Path(out)
        out.mkdir(parents=True, exist_ok=True)
        tell = progress or (lambda table, done, total: None)
        paths = {table: out / name for table, name in dumps.file_names(format).items()}
        dumps.write_items(paths["products"], format, self.item_feed, self.prices_on(number), tell)
        price_stop = int(np.searchsorted(self.prices.day, number, side="right"))
        dumps.write_prices(paths["prices"], format, self.item_feed, self.prices, price_stop, tell)
        review_stop = int(np.searchsorted(self.review_feed.arrival, number, side="right"))
        dumps.write_reviews(paths["reviews"], format, self.review_feed, review_stop, tell)
        truths = out / "truths.json"
        with dumps.finished_file(truths) as part:
            text = json.dumps(self.truth(), indent=1) + "\n"
            part.write_text(text, encoding="utf-8", newline="\n")
        return [*paths.values(), truths]

    def serve(
        self,
        day: date = LAST_DAY,
        port: int = 0,
        rate: float = 100,
        burst: int = 20,
        trouble: str = "",
    ) -> AbstractContextManager[Api]:
        """Run the API on 127.0.0.1 as long as the context lasts (see `api`).

        `port` 0 takes a free one; `rate` and `burst` set how many requests a second, and
        how many at once, are answered before a 429; `trouble` gives it a bad day (see
        `troubles.TROUBLES`).
        """
        checked_day_number(day)
        return serve_shop(self, day, port, rate, burst, trouble)


def checked_day_number(day: date) -> int:
    """The day number of a date of the calendar; ValueError for any other."""
    if not FIRST_DAY <= day <= LAST_DAY:
        calendar = f"{FIRST_DAY} to {LAST_DAY}"
        raise ValueError(f"the marketplace's calendar runs from {calendar}; {day} lies outside")
    return day_number(day)
