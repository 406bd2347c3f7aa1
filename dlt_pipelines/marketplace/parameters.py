"""What a request asks for: its page, its days, its date; BadRequest where that cannot be read."""

from datetime import date

from starlette.requests import Request

from .truths import DAYS, day_number

DEFAULT_LIMIT, MOST = 1000, 5000


class BadRequest(ValueError):
    """A parameter that the API does not understand."""


def read_page(request: Request, known: set[str]) -> tuple[int, int]:
    """Limit and first row (0-based) of a request whose parameters are among `known`."""
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        names = ", ".join(sorted(known))
        raise BadRequest(f"unknown parameter {unknown[0]!r}; known are {names}")
    limit = _read_whole(request, "limit", DEFAULT_LIMIT, "a whole number")
    if not 1 <= limit <= MOST:
        raise BadRequest(f"limit must lie between 1 and {MOST}")
    return limit, _read_whole(request, "cursor", 0, "one that the API gave")


def _read_whole(request: Request, name: str, default: int, expected: str) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise BadRequest(f"{name} must be {expected}, not {text!r}")
    return int(text)


def read_span(request: Request) -> tuple[int, int]:
    """First and last day number asked for."""
    query = request.query_params
    since = day_number(read_date(query["since"], "since")) if "since" in query else 0
    until = day_number(read_date(query["until"], "until")) if "until" in query else DAYS - 1
    return max(since, 0), min(until, DAYS - 1)


def read_date(text: object, name: str) -> date:
    """The date that a parameter gives as YYYY-MM-DD."""
    try:
        if isinstance(text, str) and len(text) == 10:
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadRequest(f"{name} must be a date as YYYY-MM-DD, not {text!r}")
