"""Dated price events: what each item cost from when on."""

from dataclasses import dataclass

import numpy as np

from .catalogue import NUMERIC, Catalogue
from .draws import roll
from .truths import DAY_MS, DAYS, FIRST_MS, Story


@dataclass(frozen=True)
class Prices:
    """Price events in the order of their time: item, epoch ms, day number, price in cents."""

    item: np.ndarray
    timestamp: np.ndarray
    day: np.ndarray
    cents: np.ndarray


def build_prices(catalogue: Catalogue, story: Story | None) -> Prices:
    """All events of the calendar: a first one on the first day, then 0 to 8 later ones.

    An item has at most one event a day, and each changes the price. Besides small moves
    there are sales that end again and rises of 20 to 40 % that no buyer minds.
    """
    events = []
    for item in np.flatnonzero(catalogue.price_kind == NUMERIC).tolist():
        cents = int(catalogue.cents[item])
        events.append((FIRST_MS, item, cents))
        if story and item == story.rise_item:
            events.append((FIRST_MS + story.rise_day * DAY_MS, item, risen_cents(cents, story)))
        else:
            events.extend(_later_events(catalogue.seed, item, cents))
    events.sort()
    table = np.asarray(events, dtype=np.int64).reshape(-1, 3)
    return Prices(table[:, 1], table[:, 0], (table[:, 0] - FIRST_MS) // DAY_MS, table[:, 2])


def risen_cents(cents: int, story: Story) -> int:
    """The price after the planted rise, to the cent below or at its percentage."""
    return cents + cents * story.rise_percent // 100


def _later_events(seed: int, item: int, cents: int) -> list[tuple[int, int, int]]:
    count = (0, 0, 0, 1, 1, 2, 3, 4, 6, 8)[roll(seed, "price moves", item, 10)]
    events: list[tuple[int, int, int]] = []
    day, usual, price = 0, cents, cents
    room = DAYS // (count + 1)
    for n in range(count):
        draw = item * 8 + n
        day += 1 + roll(seed, "move day", draw, room)
        kind = roll(seed, "move kind", draw, 10)
        if price < usual:
            new = usual
        elif kind < 4:
            new = price * (88 + roll(seed, "drift", draw, 22)) // 100
            usual = new
        elif kind < 8:
            new = price * (70 + roll(seed, "sale", draw, 22)) // 100
        else:
            new = price * (120 + roll(seed, "rise", draw, 21)) // 100
            usual = new
        if new != price:
            at = FIRST_MS + day * DAY_MS + roll(seed, "move time", draw, 96) * 900_000
            events.append((at, item, new))
        price = new
    return events


def prices_on(prices: Prices, items: int, day: int) -> np.ndarray:
    """The price in force at the end of a day for each item, in cents; -1 where there is none."""
    cents = np.full(items, -1, dtype=np.int64)
    known = np.searchsorted(prices.day, day, side="right")
    cents[prices.item[:known]] = prices.cents[:known]
    return cents
