"""The API's pages are held to their contract: recovered, or refused before a record is loaded."""

import gzip
import json
import threading
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from requests import HTTPError, Session
from support import ask, fingerprints

from course.target_health import examine_target
from dlt_pipelines import amazon_products_pipeline as pipeline
from dlt_pipelines.amazon_products_pipeline import find_target
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.load import pages
from dlt_pipelines.marketplace import Marketplace
from dlt_pipelines.marketplace.troubles import TROUBLES

pytestmark = pytest.mark.slow  # real processes, one after the other: with --all

TOKEN = "planted-token-4711"
NUMBERS = range(1, 9)
JSON = {"Content-Type": "application/json"}


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(pages, "PAUSES", (0, 0))


@contextmanager
def served(answer):
    """A server on this machine that answers GET with what `answer(cursor, number of the request)`
    gives: a body, or (status, body, headers)."""
    cursors = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            cursors.append(parse_qs(urlsplit(self.path).query).get("cursor", [None])[0])
            given = answer(cursors[-1], len(cursors))
            status, body, headers = given if isinstance(given, tuple) else (200, given, JSON)
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    client = RESTClient(url, auth=BearerTokenAuth(TOKEN))
    try:
        yield SimpleNamespace(client=client, url=url, cursors=cursors)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def record(number: int) -> dict:
    return {"n": number, "title": f"No. {number}"}


def page(cursor: str | None) -> dict:
    """The page of three records that a cursor asks for, out of eight."""
    first = int(cursor or 0)
    numbers = list(NUMBERS[first : first + 3])
    more = str(first + 3) if first + 3 < len(NUMBERS) else None
    records = [record(number) for number in numbers]
    return {"records": records, "positions": numbers, "next_cursor": more, "total": len(NUMBERS)}


def body(page: object) -> bytes:
    return json.dumps(page).encode()


def read(server) -> list:
    return list(pages.read_pages(server.client, "/reviews", {"limit": 3}, "shop/reviews"))


def positions(tables) -> list[int]:
    return [position for table in tables for position in table["position"].to_pylist()]


def names(tables) -> list[str]:
    return [table["page"][0].as_py() for table in tables]


def changed(**values):
    """A page with other values."""
    return lambda good: body(good | values)


def without(name):
    return lambda good: body({key: value for key, value in good.items() if key != name})


def cut_gzip(good):
    packed = gzip.compress(body(good | {"note": [f"{n * 7919:x}" for n in range(3000)]}))
    return 200, packed[: len(packed) // 2], JSON | {"Content-Encoding": "gzip"}


# What comes in place of the second page (positions 4 to 6), and what the error says of it.
BREACHES = {
    "no positions": (without("positions"), "positions in the page, and came a page without"),
    "a position too few": (
        changed(positions=[4, 5]),
        "3 positions, one for each record, and came 2",
    ),
    "a position too many": (changed(positions=[4, 5, 6, 7]), "3 positions, one for each record"),
    "positions as text": (changed(positions=["4", "5", "6"]), "whole numbers from 1"),
    "positions with a fraction": (changed(positions=[4, 5.0, 6]), "another: '5.0'"),
    "a position that is true": (changed(positions=[4, True, 6]), "another: 'True'"),
    "a position that is null": (changed(positions=[4, None, 6]), "another: 'None'"),
    "a position below 1": (changed(positions=[0, 5, 6]), "another: '0'"),
    "a position beyond counting": (changed(positions=[4, 5, 2**63]), f"another: '{2**63}'"),
    "positions that fall": (changed(positions=[6, 5, 4]), "rise, and came 5 after 6"),
    "a position twice": (changed(positions=[4, 4, 5]), "rise, and came 4 after 4"),
    "positions that start anew": (
        changed(positions=[1, 2, 3]),
        "at position 1 the record that came",
    ),
    "no records": (without("records"), "records in the page, and came a page without"),
    "records as an object": (changed(records={"4": {}}), "a list of records, and came an object"),
    "records that are null": (changed(records=None), "a list of records, and came null"),
    "positions that are null": (changed(positions=None), "a list of positions, and came null"),
    "an error with 200": (lambda good: b'{"error": "quota"}', "an error: 'quota'"),
    "an error beside records": (changed(error={"code": 7}), "an error: \"{'code': 7}\""),
    "a bare list": (lambda good: body(good["records"]), "and came a list"),
    "null": (lambda good: b"null", "and came null"),
    "a number": (lambda good: b"17", "and came a number"),
    "no next cursor": (without("next_cursor"), "next_cursor in the page, and came a page without"),
    "a cursor that is a number": (changed(next_cursor=6), "text, or null, and came a number: '6'"),
    "a cursor that is empty": (changed(next_cursor=""), "text, or null, and came text: ''"),
    "a cursor that is false": (changed(next_cursor=False), "and came true or false: 'False'"),
    "half a character as cursor": (changed(next_cursor="\ud800"), "text, or null, and came text"),
    "a cursor that does not move": (changed(next_cursor="3"), "leads on, and came one that came"),
    "an end before the end": (changed(next_cursor=None), "8 records, the total that the API tells"),
    "a total that is too small": (changed(total=5), "5 records, the total that the API tells"),
    "a total in words": (changed(total="many"), "a whole number, and came text: 'many'"),
    "a total below 0": (changed(total=-1), "a whole number, and came a number: '-1'"),
    "not a number": (changed(total=float("nan")), "JSON, and came what is none (NaN is no JSON)"),
    "a key twice": (lambda good: body(good)[:-1] + b', "records": []}', "another: 'records'"),
    "not UTF-8": (
        lambda good: body(good).replace(b"No.", b"No\xff", 1),
        "UTF-8, and came byte 0xff",
    ),
    "UTF-16": (lambda good: json.dumps(good).encode("utf-16"), "UTF-8, and came byte 0xff at 0"),
    "no JSON": (lambda good: b"<title>Back soon</title>", "JSON, and came what is none"),
    "a body cut in JSON": (lambda good: body(good)[:-30], "JSON, and came what is none"),
    "more behind the page": (
        lambda good: body(good) + body(good),
        "one JSON object, and came more",
    ),
    "a comma too many": (lambda good: body(good)[:-1] + b",}", "JSON, and came what is none"),
    "an empty body": (lambda good: b"", "and came an empty body"),
    "white space": (lambda good: b" \n", "and came an empty body"),
    "a cut gzip body": (cut_gzip, "and came"),
    "a body that is not gzip": (
        lambda good: (200, body(good), JSON | {"Content-Encoding": "gzip"}),
        "a body that can be unpacked, and came a damaged one",
    ),
    "brackets without end": (
        lambda good: b'{"records": [' + b"[" * 200_000,
        "JSON, and came what is none",
    ),
    "a number without end": (
        lambda good: body(good)[:-1] + b', "more": ' + b"1" * 5000 + b"}",
        "JSON, and came what is none",
    ),
}


@pytest.mark.parametrize("name", BREACHES)
def test_b10_a_page_that_stays_broken_is_refused_and_nothing_of_it_comes(name):
    breach, told = BREACHES[name]
    came = []

    def answer(cursor, _):
        return breach(page(cursor)) if cursor == "3" else body(page(cursor))

    with served(answer) as server, pytest.raises(PipelineError) as caught:
        for table in pages.read_pages(server.client, "/reviews", {}, "shop/reviews"):
            came.append(table)
    assert positions(came) == [1, 2, 3]
    assert server.cursors == [None, "3", "3", "3"]
    assert "at shop/reviews page 2: expected" in caught.value.what
    assert told in caught.value.what
    assert caught.value.faq == "api-errors"
    assert len(caught.value.what) < 400 and "\n" not in caught.value.what


@pytest.mark.parametrize("name", BREACHES)
def test_b10_a_page_that_is_broken_once_is_asked_for_again(name):
    breach, _ = BREACHES[name]

    def answer(cursor, number):
        return breach(page(cursor)) if number == 2 else body(page(cursor))

    with served(answer) as server:
        tables = read(server)
    assert positions(tables) == list(NUMBERS)
    assert server.cursors == [None, "3", "3", "6"]
    assert names(tables) == [f"shop/reviews page {number}" for number in (1, 2, 3)]


def test_b10_each_page_may_be_broken_as_often_as_is_asked_again():
    tries = Counter()

    def answer(cursor, _):
        tries[cursor] += 1
        return body(page(cursor)) if tries[cursor] == 3 else b""

    with served(answer) as server:
        assert positions(read(server)) == list(NUMBERS)


def test_b10_lines_are_the_records_as_they_came_and_odd_ones_are_left_to_the_contract_of_records():
    odd = ["null", "[1,  2]", '"text"', '{"rating": NaN}', '{"a":1e5,\n "b": "\\u00e9 é"}', "7"]
    begin, end = ' { "next_cursor" : null,"records":[ ', '\n] ,"positions":[2,3,5,7,11,13]}\r\n'
    with served(lambda *_: (begin + " , ".join(odd) + end).encode()) as server:
        (table,) = read(server)
    assert table.schema == pages.LINES
    assert table["line"].to_pylist() == odd
    assert table["position"].to_pylist() == [2, 3, 5, 7, 11, 13]
    assert set(table["source"].to_pylist()) == {"shop/reviews"}
    assert set(table["page"].to_pylist()) == {"shop/reviews page 1"}
    assert set(table["source_no"].to_pylist()) == {0}
    assert set(table["problem"].to_pylist()) == {None}


def test_b10_a_repeated_page_is_passed_over_and_the_pages_are_numbered_as_without_it():
    def answer(cursor, _):
        if cursor == "again":
            return body(page(None))
        return body(page(cursor) | ({} if cursor else {"next_cursor": "again"}))

    with served(answer) as server:
        tables = read(server)
    assert positions(tables) == list(NUMBERS)
    assert server.cursors == [None, "again", "3", "6"]
    assert names(tables) == [f"shop/reviews page {number}" for number in (1, 2, 3)]


def test_b10_of_overlapping_pages_each_record_comes_once():
    def answer(cursor, _):
        good = page(cursor)
        earlier = {"next_cursor": str(good["positions"][-1] - 1)}
        return body(good | earlier if good["next_cursor"] else good)

    with served(answer) as server:
        tables = read(server)
    assert positions(tables) == list(NUMBERS)
    assert [len(table) for table in tables] == [3, 2, 2, 1]


@pytest.mark.parametrize("where", ["first", "last"])
def test_b10_an_overlap_that_differs_is_refused(where):
    def answer(cursor, _):
        good = page("2" if cursor else None)
        if cursor:
            good["records"][0] = record(99) if where == "first" else good["records"][0]
            good["positions"] = [3, 4, 5] if where == "first" else [2, 3, 5]
        return body(good)

    with served(answer) as server, pytest.raises(PipelineError) as caught:
        read(server)
    assert "the record that came before, and came another" in caught.value.what


def test_b10_a_page_that_goes_back_to_positions_that_did_not_come_is_refused():
    def answer(cursor, _):
        start = page(None) | {"positions": [1, 7, 8]}
        return body(page("3") | {"next_cursor": None} if cursor else start)

    with served(answer) as server, pytest.raises(PipelineError) as caught:
        read(server)
    assert "positions after 8, or the same as before, and came position 4" in caught.value.what


def test_b10_cursors_that_lead_in_a_circle_end():
    def answer(cursor, _):
        return body(page(cursor) | {"next_cursor": "0" if cursor == "3" else "3"})

    with served(answer) as server:
        with pytest.raises(PipelineError) as caught:
            read(server)
        assert server.cursors == [None, "3", "0", "0", "0"]
    assert "a cursor that leads on, and came one that came before: '3'" in caught.value.what


def test_b10_new_cursors_for_ever_end_where_they_bring_nothing_new():
    with served(lambda cursor, number: body(page(None) | {"next_cursor": f"c{number}"})) as server:
        with pytest.raises(PipelineError) as caught:
            read(server)
        assert len(server.cursors) < 20
    assert "a new record, and came none on 10 pages in a row" in caught.value.what


def test_b10_pages_without_a_new_record_do_no_harm_between_others(monkeypatch):
    monkeypatch.setattr(pages, "MOST_IDLE", 2)
    nothing = {"records": [], "positions": []}

    def answer(cursor, _):
        if cursor in ("3", "6"):
            return body(nothing | {"next_cursor": f"on to {cursor}"})
        return body(page(cursor and cursor.removeprefix("on to ")))

    with served(answer) as server:
        assert [len(table) for table in read(server)] == [3, 3, 2]


def test_b10_new_records_for_ever_end_where_the_total_is_passed():
    def answer(cursor, _):
        first = int(cursor or 0)
        found = {"records": [{}] * 3, "positions": [first + 1, first + 2, first + 3]}
        return body(found | {"next_cursor": str(first + 3), "total": 100})

    with served(answer) as server, pytest.raises(PipelineError) as caught:
        read(server)
    assert "100 records, the total that the API tells, and came 102 so far" in caught.value.what


def test_b10_a_source_need_not_tell_a_total_and_one_told_once_is_kept_to():
    with served(lambda cursor, _: without("total")(page(cursor))) as server:
        assert positions(read(server)) == list(NUMBERS)

    def answer(cursor, _):
        if cursor is None:
            return body(page(cursor))
        return without("total")(page(cursor) | {"next_cursor": None})

    with served(answer) as server, pytest.raises(PipelineError) as caught:
        read(server)
    assert "and came 6 to the last page" in caught.value.what


def test_b10_a_total_may_grow_while_pages_are_read():
    def answer(cursor, _):
        totals = {None: {"total": 5}, "3": {"total": 8}, "6": {"total": None}}
        return body(page(cursor) | totals[cursor])

    with served(answer) as server:
        assert positions(read(server)) == list(NUMBERS)


def test_b10_an_empty_query_is_one_empty_table_and_an_empty_page_on_the_way_is_none():
    nothing = {"records": [], "positions": [], "next_cursor": None, "total": 0}
    with served(lambda *_: body(nothing)) as server:
        (table,) = read(server)
    assert len(table) == 0 and table.schema == pages.LINES

    def answer(cursor, _):
        if cursor == "3":
            return body(nothing | {"next_cursor": "on", "total": 8})
        return body(page("3" if cursor == "on" else cursor))

    with served(answer) as server:
        assert [len(table) for table in read(server)] == [3, 3, 2]


def test_b10_a_byte_order_mark_and_other_keys_do_no_harm_and_the_header_may_be_wrong():
    def answer(cursor, _):
        more = {"error": None, "took_ms": 3, "title": "é"}
        text = json.dumps(page(cursor) | more, ensure_ascii=False)
        return 200, text.encode("utf-8-sig"), {"Content-Type": "text/plain; charset=latin-1"}

    with served(answer) as server:
        assert positions(read(server)) == list(NUMBERS)


def test_b10_an_error_shows_no_token_and_no_long_body():
    echo = body({"error": f"{'x' * 80} Bearer {TOKEN} is used up " * 50})
    for answer in (echo, f"<p>{TOKEN}".encode(), body({"page": TOKEN}), body({TOKEN: 1})):
        with (
            served(lambda *_, answer=answer: answer) as server,
            pytest.raises(PipelineError) as caught,
        ):
            read(server)
        assert TOKEN[:6] not in str(caught.value)
        assert len(str(caught.value)) < 900


def test_b10_dlt_asks_again_after_503_and_a_status_that_stays_is_raised_without_secrets(
    monkeypatch,
):
    monkeypatch.setenv("RUNTIME__REQUEST_BACKOFF_FACTOR", "0.01")

    def answer(cursor, number):
        return (503, b"", {}) if number == 2 else body(page(cursor))

    with served(answer) as server:
        assert positions(read(server)) == list(NUMBERS)
    with served(lambda *_: (404, TOKEN.encode(), {})) as server, pytest.raises(HTTPError) as caught:
        list(pages.read_pages(server.client, "/reviews", {"token": TOKEN}, "shop/reviews"))
    assert "404 Client Error: Not Found" in str(caught.value) and TOKEN not in str(caught.value)


def test_b10_a_redirection_is_followed_and_not_taken_for_a_page(monkeypatch):
    monkeypatch.setattr(pages, "PAUSES", ())  # nothing is asked for again

    def answer(cursor, number):
        return (307, b"moved", {"Location": "/elsewhere"}) if number == 1 else body(page(cursor))

    with served(answer) as server:
        assert positions(read(server)) == list(NUMBERS)


# The practice marketplace's bad days, through the whole load

STATUSES = {"rate-limit", "server-error", "expired-token", "cut-body"}
OTHER_RECORDS = {"type-changed", "field-vanished"}
HARMLESS = {"repeated-page", "overlapping-pages", "error-once", "byte-order-mark"}
REFUSED = TROUBLES.keys() - STATUSES - OTHER_RECORDS - HARMLESS


def assert_whole(target: str) -> None:
    """Everything of the marketplace is there, once, and the books of every load add up."""
    truth = pipeline.practice_marketplace().truth()["counts"]
    counts = ask(target, "select count(*), count(distinct review_id) from amazon_raw.reviews")
    assert counts == [(truth["distinct_reviews"], truth["distinct_reviews"])]
    assert ask(target, "select count(*) from amazon_raw.products") == [(truth["items"],)]
    assert ask(target, "select count(*) from amazon_raw.prices") == [(truth["price_events"],)]
    judged = "inserted + updated + unchanged + duplicates + rejected"
    books = ask(target, f"select rows_in, {judged} from amazon_raw.load_reconciliation")
    assert books and all(rows_in == judged > 0 for rows_in, judged in books)


def tables(target: str) -> dict:
    return fingerprints(target, "amazon_raw") if find_target(target).warehouse.exists() else {}


def fail(monkeypatch, trouble: str, **options) -> PipelineError:
    monkeypatch.setenv("MARKETPLACE__TROUBLE", trouble)
    with pytest.raises(PipelineError) as caught:
        pipeline.run(**options)
    monkeypatch.setenv("MARKETPLACE__TROUBLE", "")
    return caught.value


def test_b10_refused_troubles_load_nothing_and_the_same_command_then_loads_all(monkeypatch):
    assert len(REFUSED) >= 20
    for trouble in sorted(REFUSED):
        error = fail(monkeypatch, trouble)
        assert error.faq == "api-errors" and "marketplace/reviews page" in error.what, trouble
        assert not any(rows for rows, _ in tables("dev").values()), trouble
    told = {finding.fault for finding in examine_target("dev")}
    assert "api-errors" in told and "load-failed" not in told  # what the doctor says of it
    pipeline.run()
    assert_whole("dev")


def test_b10_troubles_of_the_status_load_nothing_either(monkeypatch):
    monkeypatch.setenv("RUNTIME__REQUEST_MAX_ATTEMPTS", "1")
    for trouble in sorted(STATUSES):
        assert fail(monkeypatch, trouble).faq == "api-errors", trouble
        assert not any(rows for rows, _ in tables("dev").values()), trouble
    pipeline.run()
    assert_whole("dev")


@pytest.mark.parametrize("full_refresh", [False, True])
def test_b10_a_filled_target_stays_as_it_is_while_a_trouble_lasts(monkeypatch, full_refresh):
    pipeline.run()
    before = tables("dev")
    for trouble in ("positions-missing", "error-as-200", "not-utf8", "no-next-cursor"):
        fail(monkeypatch, trouble, full_refresh=full_refresh)
        assert tables("dev") == before, trouble
    pipeline.run(full_refresh=full_refresh)
    assert_whole("dev")


@pytest.mark.parametrize("trouble", sorted(HARMLESS))
def test_b10_a_harmless_trouble_loads_what_a_good_day_does(monkeypatch, trouble):
    monkeypatch.setenv("MARKETPLACE__TROUBLE", trouble)
    pipeline.run()
    assert_whole("dev")
    books = "select sum(rows_in)::bigint from amazon_raw.load_reconciliation"
    ((rows_in,),) = ask("dev", f"{books} where table_name = 'reviews'")
    assert rows_in == pipeline.practice_marketplace().truth()["counts"]["review_records"]


@pytest.mark.parametrize("trouble", sorted(TROUBLES))
def test_b10_each_trouble_differs_from_a_good_day(trouble):
    shop = Marketplace(items=200, reviews=3000)
    with shop.serve(trouble=trouble) as spoilt, shop.serve() as good:
        assert first_answers(spoilt) != first_answers(good)


def first_answers(api) -> list:
    """Status and bytes of the first page of reviews, and of the pages that its cursors lead to."""
    client = RESTClient(api.url, auth=BearerTokenAuth(api.token), session=Session())
    found, cursor = [], {}
    for _ in range(3):
        try:
            response = client.get("/reviews", params={"limit": 2000} | cursor)
            found.append((response.status_code, response.content))
            cursor = {"cursor": response.json()["next_cursor"]}
        except Exception as problem:
            return [*found, type(problem)]
    return found


@pytest.mark.parametrize("seed", [1, 3])
def test_b11_ratings_in_words_and_a_vanished_field_hold_for_malformed_records_too(seed):
    shop = Marketplace(items=200, reviews=3000, seed=seed)
    with shop.serve() as api:
        good = reviews_of(api)
    with shop.serve(trouble="type-changed") as api:
        words = reviews_of(api)
    with shop.serve(trouble="field-vanished") as api:
        fewer = reviews_of(api)
    spoken = {
        0.0: "zero stars",
        1.0: "one star",
        4.0: "four stars",
        11.0: "eleven stars",
        "five": "five",
    }
    assert {0.0, 11.0, "five"} <= {each["rating"] for each in good if isinstance(each, dict)}
    for before, after, less in zip(good, words, fewer, strict=True):
        if not isinstance(before, dict):
            assert before == after == less
            continue
        assert isinstance(after["rating"], str)
        assert after["rating"] == spoken.get(before["rating"], after["rating"])
        assert before | {"rating": after["rating"]} == after
        assert less == {key: before[key] for key in before if key != "verified_purchase"}


def reviews_of(api) -> list:
    client = RESTClient(api.url, auth=BearerTokenAuth(api.token))
    tables = pages.read_pages(client, "/reviews", {"limit": 5000}, "shop")
    return [json.loads(line) for table in tables for line in table["line"].to_pylist()]
