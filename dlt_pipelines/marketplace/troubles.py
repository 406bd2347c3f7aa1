"""Bad days of the API, to practise on: each trouble spoils what /reviews answers in one way.

A page is a dictionary before it is sent: `records` (JSON texts), `positions`, `next_cursor`
and `total`. Nothing is kept between two requests, so that a trouble is the same every time.
"""

import gzip
import json
from collections.abc import Callable

OVERLAP = 10
COUNTS = (
    *("zero", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)
TROUBLES = {
    # Every request fails.
    "rate-limit": "429 to every request",
    "server-error": "500 to every request",
    "expired-token": "401 to every request, as if the token had run out on the way",
    # Records change.
    "type-changed": "ratings in words",
    "field-vanished": "records without verified_purchase",
    # Pages that a reader can put right.
    "repeated-page": "the first page twice, the second time under a cursor of its own",
    "overlapping-pages": "each page begins with the last records of the one before",
    "error-once": "200 with an error to the first request, then all is well",
    "byte-order-mark": "a byte-order mark before the JSON",
    # Pages that break the contract.
    "positions-missing": "no positions",
    "positions-short": "one position less than records",
    "positions-long": "one record less than positions",
    "positions-as-text": "positions that are text",
    "positions-reversed": "positions from the last to the first",
    "positions-restart": "positions that begin with 1 on each page",
    "records-missing": "no records",
    "records-as-object": "records as an object, by position",
    "no-next-cursor": "no next_cursor",
    "cursor-stuck": "next_cursor is the cursor that was sent",
    "cursor-circle": "the second page leads back to the first",
    "ends-early": "next_cursor is null on the first page",
    "not-a-number": "NaN as the total",
    "repeated-key": "records twice in one page, the second time empty",
    # Bodies that are no page.
    "error-as-200": "200 with an error to every request",
    "bare-list": "the records alone, as a list",
    "null-body": "null",
    "not-json": "an HTML page about maintenance, with 200",
    "empty-body": "nothing, with 200",
    "not-utf8": "a byte that is not UTF-8",
    "cut-gzip": "a gzip body that ends in the middle",
    "cut-body": "a body that ends before the length that its header promises",
}


def change_records(trouble: str, texts: list[str]) -> list[str]:
    """The records, as JSON texts, as they are on such a day."""
    change = _RECORDS.get(trouble)
    if not change:
        return texts
    records = [json.loads(text) for text in texts]
    for record in records:
        if isinstance(record, dict):
            change(record)
    return [json.dumps(record, ensure_ascii=False) for record in records]


def change_page(trouble: str, page: dict, cursor: str | None) -> dict:
    """The page as it is on such a day; `cursor` is the one that was sent for it."""
    if trouble in _CURSORS:
        return page | {"next_cursor": _CURSORS[trouble](page, cursor)}
    return _PAGES.get(trouble, lambda page: page)(page)


def page_text(page: dict) -> str:
    """A page as JSON; records are JSON already."""
    texts = {name: json.dumps(value) for name, value in page.items() if name != "records"}
    records = page.get("records")
    if records is not None:
        records = _object(records) if isinstance(records, dict) else f"[{', '.join(records)}]"
        texts = {"records": records} | texts
    return _object(texts)


def change_body(trouble: str, page: dict, requests: int) -> tuple[bytes, dict[str, str]]:
    """The body and headers of a page as they are on such a day.

    `requests` counts the requests to /reviews so far, this one too.
    """
    body = page_text(page).encode()
    if trouble == "cut-gzip":
        packed = gzip.compress(body, mtime=0)
        return packed[: len(packed) // 2], {"Content-Encoding": "gzip"}
    if trouble == "error-once":
        return (_ERROR if requests == 1 else body), {}
    return _BODIES.get(trouble, lambda body, page: body)(body, page), {}


def _put_rating_in_words(record: dict) -> None:
    rating = record.get("rating")
    if isinstance(rating, int | float):
        count = COUNTS[int(rating)] if rating in range(len(COUNTS)) else f"{rating:g}"
        record["rating"] = f"{count} star" if rating == 1 else f"{count} stars"


def _object(texts: dict) -> str:
    return "{" + ", ".join(f'"{name}": {text}' for name, text in texts.items()) + "}"


def _without(page: dict, name: str) -> dict:
    return {key: value for key, value in page.items() if key != name}


def _restart(page: dict) -> dict:
    count = len(page["positions"])
    return page | {"positions": list(range(1, count + 1))}


def _name_records(page: dict) -> dict:
    pairs = zip(page["positions"], page["records"], strict=True)
    return page | {"records": dict(pairs)}


def _overlapping(page: dict, cursor: str | None) -> str | None:
    if page["next_cursor"] is None:
        return None
    first, last = page["positions"][0], page["positions"][-1]
    return str(max(last - OVERLAP, first))


_ERROR = b'{"error": "quota used up"}'
_RECORDS: dict[str, Callable[[dict], object]] = {
    "type-changed": _put_rating_in_words,
    "field-vanished": lambda record: record.pop("verified_purchase", None),
}
_CURSORS: dict[str, Callable[[dict, str | None], str | None]] = {
    "repeated-page": lambda page, cursor: page["next_cursor"] if cursor else "0",
    "overlapping-pages": _overlapping,
    "cursor-stuck": lambda page, cursor: cursor or "0",
    "cursor-circle": lambda page, cursor: "0" if cursor not in (None, "0") else page["next_cursor"],
    "ends-early": lambda page, cursor: None,
}
_PAGES: dict[str, Callable[[dict], dict]] = {
    "positions-missing": lambda page: _without(page, "positions"),
    "positions-short": lambda page: page | {"positions": page["positions"][:-1]},
    "positions-long": lambda page: page | {"records": page["records"][:-1]},
    "positions-as-text": lambda page: page | {"positions": [str(n) for n in page["positions"]]},
    "positions-reversed": lambda page: page | {"positions": page["positions"][::-1]},
    "positions-restart": _restart,
    "records-missing": lambda page: _without(page, "records"),
    "records-as-object": _name_records,
    "no-next-cursor": lambda page: _without(page, "next_cursor"),
    "not-a-number": lambda page: page | {"total": float("nan")},
}
_BODIES: dict[str, Callable[[bytes, dict], bytes]] = {
    "repeated-key": lambda body, page: body[:-1] + b', "records": []}',
    "error-as-200": lambda body, page: _ERROR,
    "bare-list": lambda body, page: f"[{', '.join(page['records'])}]".encode(),
    "null-body": lambda body, page: b"null",
    "not-json": lambda body, page: b"<!doctype html><title>We'll be back soon</title>",
    "empty-body": lambda body, page: b"",
    "byte-order-mark": lambda body, page: b"\xef\xbb\xbf" + body,
    "not-utf8": lambda body, page: body.replace(b'"title": "', b'"title": "\xff', 1),
}
