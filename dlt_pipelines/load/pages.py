"""Pages of an API, each held to its contract before a record of it is handed on.

A page is a JSON object in UTF-8 (a byte-order mark is passed over):

- `records`, a list: what stands in it is judged record by record, later (see contract.py)
- `positions`, as many whole numbers, rising: each record's place in the source's feed
- `next_cursor`, text that asks for the next page; null on the last one, never left out
- `total`, how many records the whole query has; a source may leave it out

Other keys are let be, but for `error`. A page that breaks this is asked for again, and then
refused; a page that only repeats what came before does no harm.
"""

from __future__ import annotations

import json
import re
import time
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pyarrow as pa
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator
from dlt.sources.helpers.rest_client.redaction import sanitize_url
from requests import HTTPError, Response
from requests.exceptions import ContentDecodingError

from dlt_pipelines.errors import PipelineError
from dlt_pipelines.load.lines import LINES

# Seconds before a page is asked for again. A message in place of data, or a page that a proxy
# spoilt, is often gone by then; a fault that stays is not worth a longer wait.
PAUSES = (0.5, 2.0)
# Pages in a row that may bring nothing new, though each has a cursor that did not come before.
MOST_IDLE = 10
LAST_POSITION = 2**63 - 1  # a BIGINT in the warehouse
SHOWN = 100  # characters of what came that an error quotes

_SPACE = re.compile(r"[ \t\n\r]*")


class Breach(Exception):
    """What the contract expects of a page, and what came instead."""

    def __init__(self, expected: str, came: str, quote: str | None = None) -> None:
        super().__init__(expected, came)
        self.expected, self.came, self.quote = expected, came, quote


@dataclass(frozen=True)
class Page:
    """One page: its records as the JSON texts that came, and what the page says of them."""

    records: list[str]
    positions: list[int]
    next_cursor: str | None
    total: int | None


@dataclass
class Seen:
    """What has come so far: rising positions, a mark of each one's text, cursors, the total."""

    positions: array = field(default_factory=lambda: array("q"))
    marks: array = field(default_factory=lambda: array("q"))
    cursors: set[str] = field(default_factory=set)
    total: int | None = None
    idle: int = 0


def read_pages(client: RESTClient, endpoint: str, params: dict, source: str) -> Iterator[pa.Table]:
    """The records of all pages of a query, a table (columns of LINES) for each page.

    `source` names the query in the ledgers; a page is known as "<source> page <number>", and its
    lines are the records' texts as they came. Records that came before are left out: a page that
    brings nothing else is passed over, and has no number.

    Raises PipelineError for a page that breaks the contract each time that it is asked for, and
    requests' errors where dlt's request helper has given up; nothing of that page is yielded.
    """
    number = 0
    seen = Seen()
    for page in _accepted(client, endpoint, params, source, seen):
        if page.records or not number:
            number += 1
            yield _lines(page, source, number)


def _lines(page: Page, source: str, number: int) -> pa.Table:
    count = len(page.records)
    columns = {
        "source": [source] * count,
        "page": [f"{source} page {number}"] * count,
        "source_no": [0] * count,
        "position": page.positions,
        "line": page.records,
        "problem": [None] * count,
    }
    return pa.table(columns, schema=LINES)


def _accepted(
    client: RESTClient,
    endpoint: str,
    params: dict,
    source: str,
    seen: Seen,
) -> Iterator[Page]:
    """Pages that keep the contract, without the records that came before."""
    hooks = {"response": [partial(_hold, seen=seen)]}
    accepted, tries, cursor = 0, 0, {}
    while True:
        paginator = JSONResponseCursorPaginator("next_cursor", "cursor")
        options = {"paginator": paginator, "data_selector": "page", "hooks": hooks}
        try:
            for (page,) in client.paginate(endpoint, params=params | cursor, **options):
                _note(page, seen)
                accepted, tries, cursor = accepted + 1, 0, {"cursor": page.next_cursor}
                yield page
            return
        except Breach as breach:
            if tries == len(PAUSES):
                raise _refusal(f"{source} page {accepted + 1}", breach) from None
        time.sleep(PAUSES[tries])
        tries += 1


def _hold(response: Response, *_: object, seen: Seen, **__: object) -> None:
    """dlt's hook on every response: raises HTTPError for its status, Breach for its page."""
    if response.is_redirect:
        return
    if response.status_code >= 400:
        side = "Client" if response.status_code < 500 else "Server"
        status = f"{response.status_code} {side} Error: {response.reason}"
        raise HTTPError(f"{status} for url: {sanitize_url(response.url)}", response=response)
    try:
        page = _without_seen(_read_page(_text(response)), seen)
        _check_end(page, seen)
    except Breach as breach:
        raise _discreet(breach, response) from None
    # dlt goes on with the page that was checked, and parses nothing a second time.
    response.json = lambda: {"next_cursor": page.next_cursor, "page": page}  # type: ignore[method-assign, misc, assignment]  # of this one response


def _refusal(name: str, breach: Breach) -> PipelineError:
    what = f"expected {breach.expected}, and came {breach.came}"
    again = "; if it comes again, tell those who run the service"
    return PipelineError(
        f"The API broke its contract at {name}: {what}.",
        cause="the service, or a proxy before it, has a fault or sends a message in place of data; "
        f"the page was asked for {len(PAUSES) + 1} times",
        fix=f"run again later: nothing of this load has been kept, and nothing is lost{again}",
        faq="api-errors",
    )


def _discreet(breach: Breach, response: Response) -> Breach:
    """The breach with its quotation cut short, and without the secret that was sent."""
    if breach.quote is None:
        return breach
    sent = str(response.request.headers.get("Authorization") or "")
    quote = breach.quote
    for secret in (sent, *sent.split()[1:]):
        quote = quote.replace(secret, "***") if secret else quote
    shown = quote if len(quote) <= SHOWN else quote[:SHOWN] + "…"
    return Breach(breach.expected, f"{breach.came}: {shown!r}")


# What came before


def _without_seen(page: Page, seen: Seen) -> Page:
    """The page without the records that came before; Breach if one of these is not what it was."""
    last = seen.positions[-1] if seen.positions else 0
    old = bisect_left(page.positions, last + 1)
    for position, record in zip(page.positions[:old], page.records, strict=False):
        place = bisect_left(seen.positions, position)
        if seen.positions[place] != position:
            expected = f"positions after {last}, or the same as before"
            raise Breach(expected, f"position {position}, which did not come in its turn")
        if seen.marks[place] != hash(record):
            raise Breach(f"at position {position} the record that came before", "another", record)
    return replace(page, records=page.records[old:], positions=page.positions[old:])


def _check_end(page: Page, seen: Seen) -> None:
    """Breach if the cursor leads nowhere new, or the records that came are not all there are."""
    if page.next_cursor in seen.cursors:
        raise Breach("a cursor that leads on", "one that came before", page.next_cursor)
    idle = page.next_cursor is not None and not page.records
    if idle and seen.idle + 1 >= MOST_IDLE:
        raise Breach("a new record", f"none on {MOST_IDLE} pages in a row, each with a next one")
    total = seen.total if page.total is None else page.total
    count = len(seen.positions) + len(page.records)
    if total is not None and (count > total or (count < total and page.next_cursor is None)):
        where = "to the last page" if page.next_cursor is None else "so far"
        raise Breach(f"{total} records, the total that the API tells", f"{count} {where}")


def _note(page: Page, seen: Seen) -> None:
    seen.positions.extend(page.positions)
    seen.marks.extend(hash(record) for record in page.records)
    seen.idle = 0 if page.records else seen.idle + 1
    if page.total is not None:
        seen.total = page.total
    if page.next_cursor is not None:
        seen.cursors.add(page.next_cursor)


# One page


def _text(response: Response) -> str:
    try:
        body = response.content
    except ContentDecodingError as error:
        raise Breach("a body that can be unpacked", "a damaged one", str(error)) from None
    if not body.strip():
        raise Breach("a JSON object", "an empty body")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = f"byte 0x{body[error.start]:02x} at {error.start}"
        quote = body[max(error.start - 20, 0) :].decode("utf-8", "backslashreplace")
        raise Breach("text in UTF-8", place, quote) from None


def _read_page(text: str) -> Page:
    """The page in a body; Breach for one that does not keep the contract."""
    envelope = _read_envelope(text)
    if envelope.get("error"):
        raise Breach("records", "an error", str(envelope["error"]))
    for name in ("records", "positions", "next_cursor"):
        if name not in envelope:
            keys = ", ".join(envelope) or "nothing"
            raise Breach(f"{name} in the page", "a page without", f"{{{keys}}}")
    records, positions = envelope["records"], envelope["positions"]
    for name, value in (("records", records), ("positions", positions)):
        if not isinstance(value, list):
            raise Breach(f"a list of {name}", _kind(value), str(value))
    _check_positions(positions, len(records))
    cursor, total = envelope["next_cursor"], envelope.get("total")
    if cursor is not None and not (isinstance(cursor, str) and cursor and cursor.isprintable()):
        raise Breach("a next_cursor that is text, or null", _kind(cursor), str(cursor))
    if total is not None and not (type(total) is int and total >= 0):
        raise Breach("a total that is a whole number", _kind(total), str(total))
    return Page(records, positions, cursor, total)


def _check_positions(positions: list, records: int) -> None:
    if len(positions) != records:
        raise Breach(f"{records} positions, one for each record", str(len(positions)))
    before = 0
    for position in positions:
        if type(position) is not int or not 0 < position <= LAST_POSITION:
            raise Breach("positions that are whole numbers from 1", "another", str(position))
        if position <= before:
            raise Breach("positions that rise", f"{position} after {before}")
        before = position


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "a list", str: "text", bool: "true or false"}
    return "null" if value is None else kinds.get(type(value), "a number")


# JSON


def _read_envelope(text: str) -> dict[str, Any]:
    """The page's values by key; records are left as the JSON texts that they are."""
    try:
        start = _SPACE.match(text).end()
        if text[start : start + 1] != "{":
            value, _ = _STRICT.raw_decode(text, start)
            raise Breach("a JSON object with records", _kind(value), text)
        values, at = {}, _pass(text, start, "{")
        while text[at : at + 1] != "}":
            at = _pass(text, at, ",") if values else at
            name, at = _STRICT.raw_decode(text, at)
            if not isinstance(name, str) or name in values:
                raise Breach("each key once, and as text", "another", str(name))
            values[name], at = _read_value(text, _pass(text, at, ":"), name)
        at = _pass(text, at, "}")
        if at < len(text):
            raise Breach("one JSON object", "more behind it", text[at:])
        return values
    except (ValueError, RecursionError) as error:
        raise Breach("JSON", f"what is none ({error})", text) from None


def _read_value(text: str, at: int, name: str) -> tuple[object, int]:
    """The value that begins at a place, and the place behind it and its white space."""
    if name != "records" or text[at : at + 1] != "[":
        value, at = _STRICT.raw_decode(text, at)
        return value, _SPACE.match(text, at).end()
    records, at = [], _pass(text, at, "[")
    while text[at : at + 1] != "]":
        at = _pass(text, at, ",") if records else at
        start, (_, at) = at, _LENIENT.raw_decode(text, at)
        records.append(text[start:at])
        at = _SPACE.match(text, at).end()
    return records, _pass(text, at, "]")


def _pass(text: str, at: int, mark: str) -> int:
    """The place behind a mark and the white space around it; ValueError if it is not there."""
    at = _SPACE.match(text, at).end()
    if not text.startswith(mark, at):
        raise ValueError(f"{mark} expected at character {at}, of {len(text)}")
    return _SPACE.match(text, at + 1).end()


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


_STRICT = json.JSONDecoder(parse_constant=_refuse_constant)
_LENIENT = json.JSONDecoder()  # NaN in a record spoils that record alone: the contract judges it
