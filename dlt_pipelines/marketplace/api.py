"""The marketplace's HTTP API, on the loopback interface only.

Every request but /health carries `Authorization: Bearer <token>`; the token is made anew
whenever the API starts. Answers are JSON; errors are `{"error": "…"}`.

- GET /health → {"status": "ok"}
- GET /status → {"day", "first_day", "last_day"}
- POST /day {"day": "YYYY-MM-DD"} moves the marketplace's day on; 409 if it lies before
- GET /items?limit=&cursor= → the catalogue at the prices of the day
- GET /prices?since=&until=&limit=&cursor= → price events
- GET /reviews?since=&until=&limit=&cursor= → reviews

A page is {"records": […], "positions": […], "next_cursor": "…" or null}. Only what has
arrived by the marketplace's day is there. Records stand in the order of the feed, and a
position is the record's 1-based place in the whole feed, filtered or not. `since` and
`until` are dates (both included) and look at the time a record speaks of, not at its
arrival; a malformed record counts by the time it should have had. `limit` is 1 to 5000
(1000 unless given). A cursor stays good when the day moves on. Too many requests: 429 with
Retry-After (seconds).

A marketplace has bad days, to practise on: `trouble` names one (see TROUBLES), and /reviews has it.
"""

import json
import os
import re
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .feed import item_text, price_texts, review_lines
from .reviews import days_of
from .truths import DAYS, FIRST_DAY, LAST_DAY, calendar_day, day_number

if TYPE_CHECKING:
    from .marketplace import Marketplace

DEFAULT_LIMIT, MOST = 1000, 5000
# No review arrives later than this after its timestamp: 6 days late and edited 6 days on.
LONGEST_WAY = 12
BLOCK = 1000
# What /reviews can suffer from, and what it answers then.
TROUBLES = {
    "rate-limit": "429 to every request",
    "server-error": "500 to every request",
    "expired-token": "401 to every request, as if the token had run out on the way",
    "cut-body": "a body that ends in the middle",
    "type-changed": "ratings in words",
    "field-vanished": "records without verified_purchase",
}
RATINGS_IN_WORDS = {"1.0": "one star", "2.0": "two stars", "3.0": "three stars", "4.0": "four stars", "5.0": "five stars"}


@dataclass(frozen=True)
class Api:
    """Where a running API answers, and the token it wants."""

    url: str
    token: str


class BadRequest(ValueError):
    """A parameter that the API does not understand."""


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


def build_app(shop: "Marketplace", day: date, token: str, rate: float, burst: int, trouble: str = "") -> Starlette:
    """The application over one marketplace, with a day of its own."""
    state = {"day": day_number(day)}
    bucket = TokenBucket(rate, burst)
    expected = f"Bearer {token}".encode()

    @lru_cache(maxsize=64)
    def item_block(block: int) -> list[tuple[str, str]]:
        return _split_items(shop, block)

    def guarded(answer):
        async def endpoint(request: Request) -> Response:
            given = request.headers.get("authorization", "").encode()
            suffers = trouble if request.url.path == "/reviews" else ""
            if not secrets.compare_digest(given, expected) or suffers == "expired-token":
                return _error(
                    401,
                    "missing or wrong token: send the header Authorization: Bearer <token>",
                    {"WWW-Authenticate": "Bearer"},
                )
            if suffers == "server-error":
                return _error(500, "internal error")
            wait = 1 if suffers == "rate-limit" else bucket.take()
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
        days = {"day": calendar_day(state["day"]), "first_day": FIRST_DAY, "last_day": LAST_DAY}
        return JSONResponse({name: str(value) for name, value in days.items()})

    async def move_day(request: Request) -> Response:
        try:
            body = json.loads(await request.body())
        except ValueError:
            raise BadRequest('the body must be JSON: {"day": "YYYY-MM-DD"}') from None
        if not isinstance(body, dict) or set(body) != {"day"}:
            raise BadRequest('the body must be an object with one key: {"day": "YYYY-MM-DD"}')
        number = day_number(_date(body["day"], "day"))
        if not 0 <= number < DAYS:
            raise BadRequest(f"day must lie between {FIRST_DAY} and {LAST_DAY}")
        if number < state["day"]:
            return _error(409, f"the marketplace's day is {calendar_day(state['day'])} and never moves back")
        state["day"] = number
        return await status(request)

    async def items(request: Request) -> Response:
        limit, start = _page(request, {"limit", "cursor"})
        rows = np.arange(start, min(start + limit, len(shop.item_feed)))
        cents = shop.prices_on(state["day"])[shop.item_feed.item[rows]]
        texts = []
        for row, price in zip(rows.tolist(), cents.tolist(), strict=True):
            head, tail = item_block(row // BLOCK)[row % BLOCK]
            texts.append(f"{head}{price / 100}{tail}" if tail else head)
        return _answer(texts, rows, start + limit < len(shop.item_feed))

    async def prices(request: Request) -> Response:
        limit, start = _page(request, {"limit", "cursor", "since", "until"})
        since, until = _span(request)
        days = shop.prices.day
        first = max(start, int(np.searchsorted(days, since)))
        stop = int(np.searchsorted(days, min(until, state["day"]), side="right"))
        rows = np.arange(first, max(first, min(first + limit, stop)))
        return _answer(price_texts(shop.catalogue, shop.prices, rows), rows, first + limit < stop)

    async def reviews(request: Request) -> Response:
        limit, start = _page(request, {"limit", "cursor", "since", "until"})
        since, until = _span(request)
        feed = shop.review_feed
        # Nothing arrives before it is written, and little time passes until the last copy.
        first = max(start, int(np.searchsorted(feed.arrival, since)))
        stop = int(np.searchsorted(feed.arrival, min(until + LONGEST_WAY, state["day"]), side="right"))
        found = np.arange(first, max(first, stop))
        if since > 0 or until < DAYS - 1:
            written = days_of(shop.review_plan, feed.review[found])
            found = found[(written >= since) & (written <= until)]
        rows = found[:limit]
        texts = [line[:-1] for line in review_lines(feed, rows).to_pylist()]
        if trouble == "type-changed":
            texts = [re.sub(r'("rating": )(\d\.0)', lambda found: f'{found[1]}"{RATINGS_IN_WORDS[found[2]]}"', text) for text in texts]
        if trouble == "field-vanished":
            texts = [re.sub(r', "verified_purchase": (true|false)|"verified_purchase": (true|false), ', "", text) for text in texts]
        answer = _answer(texts, rows, len(found) > limit)
        if trouble == "cut-body":  # the header still promises the whole
            answer.body = answer.body[: len(answer.body) // 2]
        return answer

    async def unknown(request: Request, problem: Exception) -> Response:
        return _error(problem.status_code, f"{request.method} {request.url.path}: {problem.detail}")

    return Starlette(
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


def _split_items(shop: "Marketplace", block: int) -> list[tuple[str, str]]:
    """The records of a block of 1,000 positions, cut open where a numeric price goes."""
    marker = 987_654_321_00
    texts = []
    for row in range(block * BLOCK, min((block + 1) * BLOCK, len(shop.item_feed))):
        head, _, tail = item_text(shop.item_feed, row, marker).partition(str(marker / 100))
        texts.append((head, tail))
    return texts


def _error(status: int, message: str, headers: dict | None = None) -> Response:
    return JSONResponse({"error": message}, status, headers)


def _answer(texts: list[str], rows: np.ndarray, more: bool) -> Response:
    positions = (rows + 1).tolist()
    cursor = f'"{positions[-1]}"' if more and positions else "null"
    body = f'{{"records": [{", ".join(texts)}], "positions": {positions}, "next_cursor": {cursor}}}'
    return Response(body, media_type="application/json")


def _page(request: Request, known: set[str]) -> tuple[int, int]:
    """Limit and first row (0-based) of a request."""
    unknown = set(request.query_params) - known
    if unknown:
        raise BadRequest(f"unknown parameter {sorted(unknown)[0]!r}; known are {', '.join(sorted(known))}")
    limit = _whole(request, "limit", DEFAULT_LIMIT)
    if not 1 <= limit <= MOST:
        raise BadRequest(f"limit must lie between 1 and {MOST}")
    return limit, _whole(request, "cursor", 0)


def _whole(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise BadRequest(f"{name} must be {'one that the API gave' if name == 'cursor' else 'a whole number'}, not {text!r}")
    return int(text)


def _span(request: Request) -> tuple[int, int]:
    """First and last day number asked for."""
    query = request.query_params
    since = day_number(_date(query["since"], "since")) if "since" in query else 0
    until = day_number(_date(query["until"], "until")) if "until" in query else DAYS - 1
    return max(since, 0), min(until, DAYS - 1)


def _date(text: object, name: str) -> date:
    try:
        if isinstance(text, str) and len(text) == 10:
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadRequest(f"{name} must be a date as YYYY-MM-DD, not {text!r}")


def _loopback_socket(port: int) -> socket.socket:
    # asyncio sends small answers at once only on sockets that name their protocol; without
    # it each waits 40 ms for the other side's acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name != "nt":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


@contextmanager
def serve_marketplace(shop: "Marketplace", day: date, port: int, rate: float, burst: int, trouble: str = "") -> Iterator[Api]:
    """The API in a thread of its own; it is gone when the context ends.

    Raises OSError when the port is taken, ValueError for a trouble that it does not know.
    """
    if trouble and trouble not in TROUBLES:
        raise ValueError(f"trouble must be one of {', '.join(TROUBLES)}, not {trouble!r}")
    token = secrets.token_urlsafe(24)
    app = build_app(shop, day, token, rate, burst, trouble)
    shop.prepare()
    listener = _loopback_socket(port)
    config = uvicorn.Config(
        app,
        log_config=None,
        # uvicorn takes a cut body for a fault of the application, and would tell it at length
        log_level="critical" if trouble == "cut-body" else "error",
        access_log=False,
        lifespan="off",
        ws="none",
        loop="asyncio",
        http="h11",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    # In a thread of its own uvicorn runs its own event loop and leaves signals alone, so a
    # notebook's loop is not in the way and Ctrl-C stays with whoever started the API.
    thread = threading.Thread(target=server.run, args=([listener],), name="marketplace-api", daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("the marketplace's API did not start")
            time.sleep(0.005)
        yield Api(f"http://127.0.0.1:{listener.getsockname()[1]}", token)
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
