"""The marketplace's HTTP API, on the loopback interface only.

Every request but /health carries `Authorization: Bearer <token>`; the token is made anew
whenever the API starts. Answers are JSON; errors are `{"error": "…"}`.

- GET /health → {"status": "ok"}
- GET /status → {"day", "first_day", "last_day"}
- POST /day {"day": "YYYY-MM-DD"} moves the marketplace's day on; 409 if it lies before
- GET /items?limit=&cursor= → the catalogue at the prices of the day
- GET /prices?since=&until=&limit=&cursor= → price events
- GET /reviews?since=&until=&limit=&cursor= → reviews

A page is {"records": […], "positions": […], "next_cursor": "…" or null, "total": …}, in
UTF-8; all four are always there. Only what has arrived by the marketplace's day is there.
Records stand in the order of the feed, and a position is the record's 1-based place in the
whole feed, filtered or not. `next_cursor` is null on the last page; `total` is the number of
records that the whole query has at this moment, on all its pages together. `since` and
`until` are dates (both included) and look at the time a record speaks of, not at its
arrival; a malformed record counts by the time it should have had. `limit` is 1 to 5000
(1000 unless given). A cursor stays good when the day moves on. Too many requests: 429 with
Retry-After (seconds).

A marketplace has bad days, to practise on: `trouble` names one (see TROUBLES in troubles.py),
and /reviews has it.
"""

import json
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .feed import item_text, price_texts, review_lines
from .parameters import BadRequest, read_date, read_page, read_span
from .reviews import days_of
from .shop import Shop
from .troubles import change_body, change_page, change_records, page_text
from .truths import DAYS, FIRST_DAY, LAST_DAY, calendar_day, day_number

# No review arrives later than this after its timestamp: 6 days late and edited 6 days on.
LONGEST_WAY = 12
BLOCK = 1000

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Api:
    """Where a running API answers, and the token it wants."""

    url: str
    token: str


class TokenBucket:
    """Lets `burst` requests through at once and `rate` a second after that."""

    def __init__(self, rate: float, burst: int) -> None:
        self.rate, self.burst = rate, burst
        self.tokens, self.at = float(burst), time.monotonic()

    def take(self) -> float:
        """0 when a request may pass, else the seconds until one may."""
        now = time.monotonic()
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
        self.at = now
        if self.tokens >= 1:
            self.tokens -= 1
            return 0
        return (1 - self.tokens) / self.rate


def build_app(
    shop: Shop,
    day: date,
    token: str,
    rate: float,
    burst: int,
    trouble: str = "",
) -> Starlette:
    """The application over one shop, with a day of its own (`app.state.day`, a day number)."""
    app = Starlette(
        routes=[
            Route("/health", health),
            Route("/status", guarded(status)),
            Route("/day", guarded(move_day), methods=["POST"]),
            Route("/items", guarded(items)),
            Route("/prices", guarded(prices)),
            Route("/reviews", guarded(reviews)),
        ],
        exception_handlers={404: unknown, 405: unknown},
    )
    app.state.shop, app.state.day, app.state.trouble = shop, day_number(day), trouble
    app.state.expected = f"Bearer {token}".encode()
    app.state.bucket = TokenBucket(rate, burst)
    app.state.item_block = lru_cache(maxsize=64)(lambda block: _split_items(shop, block))
    app.state.review_requests = 0
    return app


def guarded(answer: Endpoint) -> Endpoint:
    """The endpoint for whoever sends the token and does not ask too often."""

    async def endpoint(request: Request) -> Response:
        state = request.app.state
        trouble = state.trouble if request.url.path == "/reviews" else ""
        given = request.headers.get("authorization", "").encode()
        if not secrets.compare_digest(given, state.expected) or trouble == "expired-token":
            message = "missing or wrong token: send the header Authorization: Bearer <token>"
            return _error(401, message, {"WWW-Authenticate": "Bearer"})
        if trouble == "server-error":
            return _error(500, "internal error")
        wait = 1 if trouble == "rate-limit" else state.bucket.take()
        if wait:
            return _error(429, "too many requests", {"Retry-After": str(int(wait) + 1)})
        try:
            return await answer(request)
        except BadRequest as problem:
            return _error(400, str(problem))

    return endpoint


async def health(request: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def status(request: Request) -> Response:
    day = calendar_day(request.app.state.day)
    days = {"day": day, "first_day": FIRST_DAY, "last_day": LAST_DAY}
    return JSONResponse({name: str(value) for name, value in days.items()})


async def move_day(request: Request) -> Response:
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise BadRequest('the body must be JSON: {"day": "YYYY-MM-DD"}') from None
    if not isinstance(body, dict) or set(body) != {"day"}:
        raise BadRequest('the body must be an object with one key: {"day": "YYYY-MM-DD"}')
    number, today = day_number(read_date(body["day"], "day")), request.app.state.day
    if not 0 <= number < DAYS:
        raise BadRequest(f"day must lie between {FIRST_DAY} and {LAST_DAY}")
    if number < today:
        message = f"the marketplace's day is {calendar_day(today)} and never moves back"
        return _error(409, message)
    request.app.state.day = number
    return await status(request)


async def items(request: Request) -> Response:
    shop, state = request.app.state.shop, request.app.state
    limit, start = read_page(request, {"limit", "cursor"})
    total = len(shop.item_feed)
    rows = np.arange(start, min(start + limit, total))
    cents = shop.prices_on(state.day)[shop.item_feed.item[rows]]
    texts = []
    for row, price in zip(rows.tolist(), cents.tolist(), strict=True):
        head, tail = state.item_block(row // BLOCK)[row % BLOCK]
        texts.append(f"{head}{price / 100}{tail}" if tail else head)
    return _answer(_page(texts, rows, start + limit < total, total))


async def prices(request: Request) -> Response:
    shop = request.app.state.shop
    limit, start = read_page(request, {"limit", "cursor", "since", "until"})
    since, until = read_span(request)
    days = shop.prices.day
    begin = int(np.searchsorted(days, since))
    stop = int(np.searchsorted(days, min(until, request.app.state.day), side="right"))
    first = max(start, begin)
    rows = np.arange(first, max(first, min(first + limit, stop)))
    texts = price_texts(shop.catalogue, shop.prices, rows)
    return _answer(_page(texts, rows, first + limit < stop, max(stop - begin, 0)))


async def reviews(request: Request) -> Response:
    shop, state = request.app.state.shop, request.app.state
    limit, start = read_page(request, {"limit", "cursor", "since", "until"})
    found = _reviews_of(shop, state.day, *read_span(request))
    left = found[np.searchsorted(found, start) :]
    rows = left[:limit]
    texts = [line[:-1] for line in review_lines(shop.review_feed, rows).to_pylist()]
    page = _page(change_records(state.trouble, texts), rows, len(left) > limit, len(found))
    page = change_page(state.trouble, page, request.query_params.get("cursor"))
    state.review_requests += 1
    body, headers = change_body(state.trouble, page, state.review_requests)
    answer = Response(body, headers=headers, media_type="application/json")
    if state.trouble == "cut-body":  # the header still promises the whole
        answer.body = answer.body[: len(answer.body) // 2]
    return answer


def _reviews_of(shop: Shop, day: int, since: int, until: int) -> np.ndarray:
    """The rows of the review feed that speak of these days, among what has arrived by `day`."""
    feed = shop.review_feed
    # Nothing arrives before it is written, and little time passes until the last copy.
    first = int(np.searchsorted(feed.arrival, since))
    last = min(until + LONGEST_WAY, day)
    stop = int(np.searchsorted(feed.arrival, last, side="right"))
    found = np.arange(first, max(first, stop))
    if since > 0 or until < DAYS - 1:
        written = days_of(shop.review_plan, feed.review[found])
        found = found[(written >= since) & (written <= until)]
    return found


async def unknown(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)  # the two that it is called for
    message = f"{request.method} {request.url.path}: {problem.detail}"
    return _error(problem.status_code, message)


def _split_items(shop: Shop, block: int) -> list[tuple[str, str]]:
    """The records of a block of 1,000 positions, cut open where a numeric price goes."""
    marker = 987_654_321_00
    texts = []
    for row in range(block * BLOCK, min((block + 1) * BLOCK, len(shop.item_feed))):
        head, _, tail = item_text(shop.item_feed, row, marker).partition(str(marker / 100))
        texts.append((head, tail))
    return texts


def _error(status: int, message: str, headers: dict | None = None) -> Response:
    return JSONResponse({"error": message}, status, headers)


def _page(texts: list[str], rows: np.ndarray, more: bool, total: int) -> dict:
    positions = (rows + 1).tolist()
    cursor = str(positions[-1]) if more and positions else None
    return {"records": texts, "positions": positions, "next_cursor": cursor, "total": total}


def _answer(page: dict) -> Response:
    return Response(page_text(page), media_type="application/json")
