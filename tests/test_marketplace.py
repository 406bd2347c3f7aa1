"""The practice marketplace: the same bytes everywhere, and exactly what was planted."""

import ast
import asyncio
import gzip
import hashlib
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from dlt_pipelines import marketplace
from dlt_pipelines.marketplace import FIRST_DAY, LAST_DAY, Marketplace
from dlt_pipelines.marketplace.facts import draw_facts
from dlt_pipelines.marketplace.feed import review_lines
from dlt_pipelines.marketplace.phrases import BOUGHT, OVERPRICED, SUPPLIER
from dlt_pipelines.marketplace.reviews import days_of

SEEDS = (1, 7, 20_260_101)
SMALL = {"items": 200, "reviews": 3000}
# The smallest shop with a story on every seed, the default one once.
STORIES = [*({**SMALL, "seed": seed} for seed in SEEDS), {"seed": 1}]
FIRST_MS = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp() * 1000)
LAST_MS = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000) - 1

# Of the three JSONL files for 200 items, 3,000 reviews, seed 42.
COMMITTED = {
    "meta_Practice_Marketplace.jsonl": "73f8d4abdabf0a1a",
    "prices_Practice_Marketplace.jsonl": "c02d20bc3bccd251",
    "Practice_Marketplace.jsonl": "a33a445e5df6ee39",
}


@cache
def shop(
    items: int = 2000, reviews: int = 40_000, seed: int = 1, truths: bool = True
) -> Marketplace:
    return Marketplace(items, reviews, seed, truths)


@pytest.fixture(scope="module")
def dump(tmp_path_factory):
    """Records by table of a marketplace, as written to JSONL."""

    @cache
    def read(*, day: date = LAST_DAY, **options) -> dict[str, list]:
        folder = tmp_path_factory.mktemp("dump")
        paths = shop(**options).write(folder, day=day)
        return {
            table: [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
            for table, path in zip(("products", "prices", "reviews"), paths, strict=False)
        }

    return read


def review_problem(record) -> str | None:
    """Why a review record must be rejected; None when it is valid."""
    if not isinstance(record, dict):
        return "no object"
    for key in ("parent_asin", "asin", "user_id", "timestamp"):
        if record.get(key) is None:
            return f"no {key}"
    try:
        rating, _ = float(record["rating"]), int(record["helpful_vote"])
    except ValueError as problem:
        return str(problem)
    if not 1 <= rating <= 5:
        return "rating out of range"
    return None if FIRST_MS <= record["timestamp"] <= LAST_MS else "timestamp out of range"


def item_problem(record) -> str | None:
    if not isinstance(record, dict):
        return "no object"
    if record.get("parent_asin") is None:
        return "no parent_asin"
    return None if isinstance(record["rating_number"], int) else "rating_number is no number"


def identity(record: dict) -> tuple:
    return record["user_id"], record["asin"], record["timestamp"]


def final_reviews(records: list) -> list[dict]:
    """The newest valid version of each review."""
    return list(
        {identity(record): record for record in records if review_problem(record) is None}.values()
    )


def written_on(record: dict) -> str:
    return calendar_date(record["timestamp"] // 86_400_000)


@cache
def calendar_date(days: int) -> str:
    return str(date(1970, 1, 1) + timedelta(days=days))


def mean(records: list[dict]) -> float:
    return sum(record["rating"] for record in records) / len(records)


def call(
    api, path: str, body: dict | None = None, token: str | None = None
) -> tuple[int, dict, dict]:
    """Status, JSON body and headers of one request."""
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(
        api.url + path, data, {"Authorization": f"Bearer {token or api.token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer), dict(answer.headers)
    except urllib.error.HTTPError as problem:
        return problem.code, json.load(problem), dict(problem.headers)


def pages(api, path: str) -> list[dict]:
    """All pages of a listing."""
    found, cursor = [], ""
    while cursor is not None:
        status, page, _ = call(api, path + (f"&cursor={cursor}" if cursor else ""))
        assert status == 200, page
        found.append(page)
        cursor = page["next_cursor"]
    return found


def joined(found: list[dict], key: str) -> list:
    return [value for page in found for value in page[key]]


# Same seed, same bytes


def test_the_same_seed_gives_the_bytes_that_were_committed(tmp_path):
    written = Marketplace(**SMALL, seed=42).write(tmp_path)
    hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in written[:3]}
    assert hashes == COMMITTED


def test_a_gzip_dump_holds_the_same_bytes_and_is_itself_reproducible(tmp_path):
    plain = shop(**SMALL).write(tmp_path / "plain")
    packed = shop(**SMALL).write(tmp_path / "packed", "jsonl.gz")
    again = Marketplace(**SMALL).write(tmp_path / "again", "jsonl.gz")
    for one, two, three in zip(plain[:3], packed[:3], again[:3], strict=True):
        assert two.name == one.name + ".gz"
        assert gzip.decompress(two.read_bytes()) == one.read_bytes()
        assert two.read_bytes() == three.read_bytes()


def test_another_seed_gives_another_shop(dump):
    one, two = dump(**SMALL, seed=1), dump(**SMALL, seed=2)
    keys = [
        {item["parent_asin"] for item in records["products"] if item_problem(item) is None}
        for records in (one, two)
    ]
    assert len(keys[0] & keys[1]) == 0
    assert one["reviews"][:50] != two["reviews"][:50]


def test_a_stretch_of_the_feed_is_the_same_whatever_is_made_around_it(dump):
    lines = review_lines(shop().review_feed, np.arange(20_000, 20_050)).to_pylist()
    assert [json.loads(line) for line in lines] == dump()["reviews"][20_000:20_050]


# What is counted is there


@pytest.mark.parametrize("options", STORIES, ids=str)
def test_the_feed_holds_what_the_truth_counts(dump, options):
    records, counts = dump(**options), shop(**options).truth()["counts"]
    assert len(records["reviews"]) == counts["review_records"]
    assert len(records["prices"]) == counts["price_events"]
    assert len(records["products"]) == counts["items"] + counts["malformed_items"]
    assert (
        len({item["parent_asin"] for item in records["products"] if item_problem(item) is None})
        == counts["items"]
    )

    valid = [record for record in records["reviews"] if review_problem(record) is None]
    versions = defaultdict(list)
    for record in valid:
        versions[identity(record)].append(json.dumps(record))
    asked = options.get("reviews", 40_000)
    assert len(versions) == counts["distinct_reviews"] == asked
    assert len(records["reviews"]) - len(valid) == counts["malformed_reviews"]
    assert (
        sum(len(set(texts)) == 1 and len(texts) == 2 for texts in versions.values())
        == counts["duplicates"]
    )
    assert (
        sum(len(set(texts)) == 2 and len(texts) == 2 for texts in versions.values())
        == counts["edits"]
    )
    assert 0.006 < counts["duplicates"] / asked < 0.014
    assert 0.002 < counts["edits"] / asked < 0.009
    assert 0.013 < counts["late_reviews"] / asked < 0.027
    assert counts["malformed_reviews"] == max(11, asked // 1000)


def test_malformed_records_are_at_their_positions_of_every_kind_and_nothing_else_is(dump):
    records, malformed = dump(), shop().truth()["malformed"]
    bad = [n for n, record in enumerate(records["reviews"], 1) if review_problem(record)]
    assert bad == [entry["position"] for entry in malformed["reviews"]]
    assert len({entry["fault"] for entry in malformed["reviews"]}) == 11
    bad_items = [n for n, record in enumerate(records["products"], 1) if item_problem(record)]
    assert bad_items == [entry["position"] for entry in malformed["items"]]
    assert len(bad_items) >= 2


def test_late_edited_and_doubled_records_are_where_the_truth_says(dump):
    records, truth = dump()["reviews"], shop().truth()
    positions = defaultdict(list)
    for position, record in enumerate(records, 1):
        if review_problem(record) is None:
            positions[identity(record)].append(position)
    final = {identity(record): record["rating"] for record in final_reviews(records)}
    for entry in truth["edited"]:
        first, second = positions[identity(entry)]
        assert second == entry["position"]
        assert final[identity(entry)] == entry["rating"] != records[first - 1]["rating"]
    for entry in truth["duplicated"]:
        first, second = positions[identity(entry)]
        assert second == entry["position"]
        assert records[first - 1] == records[second - 1]
    for entry in truth["late"]:
        assert positions[identity(entry)][0] == entry["position"]
        days = (
            date.fromisoformat(entry["arrived_on"]) - date.fromisoformat(written_on(entry))
        ).days
        assert 1 <= days <= 6


def test_records_arrive_in_order_and_never_before_they_are_written_nor_12_days_after():
    feed = shop().review_feed
    way = feed.arrival - days_of(feed.reviews, feed.review)
    assert (feed.arrival[1:] >= feed.arrival[:-1]).all()
    assert way.min() == 0 and 6 < way.max() <= 12
    assert feed.arrival.max() <= (LAST_DAY - FIRST_DAY).days


def test_an_earlier_day_is_a_prefix_of_a_later_one(tmp_path):
    early = shop().write(tmp_path / "early", day=date(2025, 3, 14))
    late = shop().write(tmp_path / "late", day=date(2025, 3, 15))
    for table in (1, 2):
        short, long = early[table].read_bytes(), late[table].read_bytes()
        assert 0 < len(short) < len(long)
        assert long.startswith(short)


def test_an_item_costs_what_its_last_price_event_says(dump):
    for day in (date(2024, 1, 1), date(2025, 1, 15), LAST_DAY):
        records = dump(**SMALL, day=day)
        last = {event["parent_asin"]: event["price"] for event in records["prices"]}
        items = [item for item in records["products"] if item_problem(item) is None]
        assert {
            item["parent_asin"]: item["price"] for item in items if isinstance(item["price"], float)
        } == last
        assert {written_on(event) for event in records["prices"]} <= {
            str(date.fromordinal(n)) for n in range(FIRST_DAY.toordinal(), day.toordinal() + 1)
        }


def test_price_events_change_the_price_and_are_unique(dump):
    events = dump()["prices"]
    assert len({(event["parent_asin"], event["timestamp"]) for event in events}) == len(events)
    assert events == sorted(events, key=lambda event: event["timestamp"])
    now: dict[str, float] = {}
    for event in events:
        assert now.get(event["parent_asin"]) != event["price"] > 0
        now[event["parent_asin"]] = event["price"]
    assert max(Counter(event["parent_asin"] for event in events).values()) == 9


# The planted truths


@pytest.mark.parametrize("options", STORIES, ids=str)
def test_a_line_goes_bad_on_its_day(dump, options):
    records, drop = dump(**options), shop(**options).truth()["quality_drop"]
    line = {
        item["parent_asin"]
        for item in records["products"]
        if item_problem(item) is None
        and item["store"] == drop["store"]
        and item["categories"][-1:] == [drop["category"]]
    }
    assert line == set(drop["parent_asins"])
    assert 8 <= len(line) <= 15
    assert date(2024, 10, 1) <= date.fromisoformat(drop["changed_on"]) <= date(2025, 6, 30)
    reviews = [
        record for record in final_reviews(records["reviews"]) if record["parent_asin"] in line
    ]
    before = [record for record in reviews if written_on(record) < drop["changed_on"]]
    after = [record for record in reviews if written_on(record) >= drop["changed_on"]]
    assert len(reviews) >= max(200, options.get("reviews", 40_000) * 0.02)
    assert min(len(before), len(after)) >= 60
    assert mean(before) == pytest.approx(4.3, abs=0.25)
    assert mean(after) == pytest.approx(2.2, abs=0.25)
    worse = 0
    for asin in line:
        old, new = (
            [record for record in part if record["parent_asin"] == asin] for part in (before, after)
        )
        assert old and new
        worse += mean(new) < mean(old) - 0.5
    assert worse >= len(line) - 1
    told = [
        record
        for record in after
        if any(
            word in record["text"]
            for word in ("thinner", "two weeks", "supplier", "cheaper", "same")
        )
    ]
    assert len(told) > len(after) / 4


@pytest.mark.parametrize("options", STORIES, ids=str)
@pytest.mark.parametrize(
    ("tone", "where"),
    [
        (SUPPLIER, lambda facts, story: np.isin(facts["item"], story.drop_items)
            & (facts["day"] >= story.drop_day) & (facts["rating"] <= 3)),
        (OVERPRICED, lambda facts, story: (facts["item"] == story.rise_item)
            & (facts["day"] >= story.rise_day) & (facts["rating"] <= 4)),
        (BOUGHT, lambda facts, story: facts["bought"] >= 0),
    ],
    ids=["changed", "dearer", "bought"],
)  # fmt: skip
def test_no_words_are_a_planted_product_s_own(options, tone, where):
    plan = shop(**options).review_plan
    index = np.arange(plan.count)
    facts = draw_facts(plan, index, np.zeros(plan.count, dtype=bool))
    planted, spoken = where(facts, plan.story), facts["tone"] == tone
    assert 0.4 < spoken[planted].mean() < 0.95, "most speak of the trouble, and not all"
    assert spoken[~planted].sum() >= 10, "and some speak so of anything"
    assert spoken[~planted].mean() < 0.05


@pytest.mark.parametrize("options", STORIES, ids=str)
def test_one_product_gets_a_burst_of_bought_reviews(dump, options):
    records, truth = final_reviews(dump(**options)["reviews"]), shop(**options).truth()
    burst = truth["review_burst"]
    users = set(burst["user_ids"])
    bought = [record for record in records if record["user_id"] in users]
    assert len(bought) == len(users) == burst["review_count"]
    assert max(40, options.get("reviews", 40_000) * 0.0015) <= len(bought) <= 400
    assert {record["parent_asin"] for record in bought} == {burst["parent_asin"]}
    assert {record["rating"] for record in bought} == {5.0}
    assert not any(record["verified_purchase"] for record in bought)
    assert {written_on(record) for record in bought} == {
        str(date.fromordinal(n))
        for n in range(
            date.fromisoformat(burst["first_day"]).toordinal(),
            date.fromisoformat(burst["last_day"]).toordinal() + 1,
        )
    }
    assert len({written_on(record) for record in bought}) == 3
    usual = [record for record in records if record["parent_asin"] == burst["parent_asin"]]
    assert len(usual) - len(bought) < len(bought)
    assert burst["parent_asin"] not in truth["quality_drop"]["parent_asins"]


@pytest.mark.parametrize("options", STORIES, ids=str)
def test_a_price_rise_costs_stars(dump, options):
    records, truth = dump(**options), shop(**options).truth()
    rise = truth["price_rise"]
    events = [event for event in records["prices"] if event["parent_asin"] == rise["parent_asin"]]
    assert [event["price"] for event in events][-2:] == [rise["price_before"], rise["price_after"]]
    assert written_on(events[-1]) == rise["changed_on"]
    assert date(2024, 10, 1) <= date.fromisoformat(rise["changed_on"]) <= date(2025, 6, 30)
    assert 1.35 <= rise["price_after"] / rise["price_before"] <= 1.5
    assert rise["parent_asin"] not in truth["quality_drop"]["parent_asins"]
    reviews = [
        record
        for record in final_reviews(records["reviews"])
        if record["parent_asin"] == rise["parent_asin"]
    ]
    before = [record for record in reviews if written_on(record) < rise["changed_on"]]
    after = [record for record in reviews if written_on(record) >= rise["changed_on"]]
    assert len(reviews) >= max(160, options.get("reviews", 40_000) * 0.015)
    assert min(len(before), len(after)) >= 60
    assert mean(before) == pytest.approx(4.4, abs=0.25)
    assert mean(after) == pytest.approx(3.1, abs=0.25)
    assert (
        sum("price" in record["text"] or "expensive" in record["text"] for record in after)
        > len(after) / 5
    )


def test_other_prices_rise_as_much_without_an_effect(dump):
    rises, last = 0, {}
    for event in dump()["prices"]:
        before = last.get(event["parent_asin"])
        rises += before is not None and 1.2 <= event["price"] / before <= 1.4
        last[event["parent_asin"]] = event["price"]
    assert rises > 50


@pytest.mark.parametrize("options", STORIES, ids=str)
def test_a_field_appears_and_a_type_changes_on_their_days(dump, options):
    records, truth = final_reviews(dump(**options)["reviews"]), shop(**options).truth()
    appears, changes = truth["field_appears"], truth["type_changes"]
    assert (appears["table"], appears["field"]) == ("reviews", "vine")
    assert (changes["table"], changes["field"]) == ("reviews", "helpful_vote")
    assert appears["first_day"].startswith("2025") and changes["first_day"].startswith("2025")
    for record in records:
        assert ("vine" in record) == (written_on(record) >= appears["first_day"])
        assert isinstance(record.get("vine", True), bool)
        assert isinstance(
            record["helpful_vote"], str if written_on(record) >= changes["first_day"] else int
        )


def test_without_truths_nothing_is_planted(dump):
    records, truth = dump(truths=False), shop(truths=False).truth()
    assert all(
        truth[name] is None
        for name in ("quality_drop", "review_burst", "price_rise", "field_appears", "type_changes")
    )
    assert truth["late"] == truth["edited"] == truth["duplicated"] == []
    assert truth["malformed"] == {"reviews": [], "items": []}
    assert (
        len({identity(record) for record in records["reviews"]})
        == len(records["reviews"])
        == 40_000
    )
    assert not any(review_problem(record) for record in records["reviews"])
    assert not any(item_problem(record) for record in records["products"])
    assert len({frozenset(record) for record in records["reviews"]}) == 1
    assert {type(record["helpful_vote"]) for record in records["reviews"]} == {int}
    assert records["reviews"] == sorted(records["reviews"], key=lambda record: record["timestamp"])


# It reads like a shop


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_ratings_are_j_shaped_and_popularity_has_a_long_tail(dump, seed):
    records = dump(seed=seed, truths=False)
    shares = Counter(record["rating"] for record in records["reviews"])
    assert 0.60 < shares[5.0] / 40_000 < 0.66
    assert 0.08 < shares[1.0] / 40_000 < 0.12
    assert shares[5.0] > shares[4.0] > shares[1.0] > shares[2.0]
    sold = sorted(
        Counter(record["parent_asin"] for record in records["reviews"]).values(), reverse=True
    )
    assert 50 < 2000 - len(sold) < 500
    assert 0.4 < sum(sold[:200]) / 40_000 < 0.8
    assert 0.85 < sum(record["verified_purchase"] for record in records["reviews"]) / 40_000 < 0.90
    votes = [record["helpful_vote"] for record in records["reviews"]]
    assert 0.6 < votes.count(0) / 40_000 < 0.8 and max(votes) > 100
    users = Counter(record["user_id"] for record in records["reviews"])
    assert max(users.values()) > 15 and sum(count == 1 for count in users.values()) > 10_000
    months = Counter(written_on(record)[:7] for record in records["reviews"])
    assert months["2025-12"] > months["2024-12"] > months["2024-03"]


def test_items_have_the_gaps_of_real_items(dump):
    items = [item for item in dump()["products"] if item_problem(item) is None]
    prices = Counter(type(item["price"]).__name__ for item in items)
    assert 0.09 < prices["NoneType"] / 2000 < 0.15 and prices["str"] > 5
    assert 0.005 < sum(item["main_category"] is None for item in items) / 2000 < 0.04
    assert len({item["title"] for item in items}) < 2000
    assert any(not item["features"] for item in items) and any(
        not item["description"] for item in items
    )
    assert any(not item["categories"] for item in items)
    assert any(isinstance(value, dict) for item in items for value in item["details"].values())
    assert any(
        len({key.lower() for key in item["details"]}) < len(item["details"]) for item in items
    )
    assert all(
        len(item["parent_asin"]) == 10 and item["parent_asin"].startswith("B0") for item in items
    )
    reviews = dump()["reviews"]
    assert any(
        record["asin"] != record["parent_asin"]
        for record in reviews
        if review_problem(record) is None
    )
    texts = Counter(record["text"] for record in reviews if review_problem(record) is None)
    assert len(texts) > 24_000 and texts[""] > 300
    assert any("<br />" in text for text in texts) and any("\n" in text for text in texts)


# The API


def test_the_api_gives_the_records_of_the_files_in_their_order(dump):
    records = dump(**SMALL)
    with shop(**SMALL).serve(rate=10_000) as api:
        for path, table in (("items", "products"), ("prices", "prices"), ("reviews", "reviews")):
            found = pages(api, f"/{path}?limit=700")
            assert joined(found, "records") == records[table]
            assert joined(found, "positions") == list(range(1, len(records[table]) + 1))
            assert {page["total"] for page in found} == {len(records[table])}
            assert all(len(page["records"]) == 700 for page in found[:-1])


def test_the_api_filters_by_the_time_of_the_record_among_what_has_arrived(dump):
    since, until, day = "2025-02-01", "2025-02-20", date(2025, 2, 22)
    visible = dump(**SMALL, day=day)["reviews"]
    expected = [
        n
        for n, record in enumerate(visible, 1)
        if review_problem(record) is None and since <= written_on(record) <= until
    ]
    bad = {n for n, record in enumerate(visible, 1) if review_problem(record)}
    with shop(**SMALL).serve(day, rate=10_000) as api:
        found = pages(api, f"/reviews?limit=50&since={since}&until={until}")
        assert [n for n in joined(found, "positions") if n not in bad] == expected
        assert joined(found, "records") == [visible[n - 1] for n in joined(found, "positions")]
        assert {page["total"] for page in found} == {len(joined(found, "records"))}
        found = pages(api, f"/prices?limit=50&since={since}&until={until}")
        assert {page["total"] for page in found} == {len(joined(found, "records"))}
        prices = joined(found, "records")
        assert prices == [
            event
            for event in dump(**SMALL, day=day)["prices"]
            if since <= written_on(event) <= until
        ]


def test_the_day_moves_on_and_never_back(dump):
    with shop(**SMALL).serve(date(2024, 6, 1), rate=10_000) as api:
        before = joined(pages(api, "/reviews?limit=5000"), "records")
        assert before == dump(**SMALL, day=date(2024, 6, 1))["reviews"]
        assert call(api, "/day", {"day": "2025-01-15"})[:2] == (
            200,
            {"day": "2025-01-15", "first_day": "2024-01-01", "last_day": "2025-12-31"},
        )
        after = dump(**SMALL, day=date(2025, 1, 15))
        assert joined(pages(api, "/reviews?limit=5000"), "records") == after["reviews"]
        assert joined(pages(api, "/items?limit=5000"), "records") == after["products"]
        status, body, _ = call(api, "/day", {"day": "2025-01-14"})
        assert status == 409 and "never" in body["error"]
        assert call(api, "/status")[1]["day"] == "2025-01-15"


def test_a_wrong_token_is_refused_and_each_start_has_its_own():
    with shop(**SMALL).serve() as one, shop(**SMALL).serve() as two:
        assert one.token != two.token
        for path in ("/status", "/items", "/prices", "/reviews"):
            status, body, _ = call(one, path, token=two.token)
            assert status == 401 and "token" in body["error"]
        assert call(one, "/health", token="none")[:2] == (200, {"status": "ok"})
        assert call(one, "/status")[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/reviews?limit=0",
        "/reviews?limit=5001",
        "/reviews?limit=ten",
        "/items?cursor=-1",
        "/prices?since=2025-13-01",
        "/reviews?until=yesterday",
        "/reviews?from=2025-01-01",
        "/items?since=2025-01-01",
    ],
)
def test_a_bad_parameter_is_named(path):
    with shop(**SMALL).serve() as api:
        status, body, _ = call(api, path)
    assert status == 400
    assert path.split("?")[1].split("=")[0] in body["error"]


def test_too_many_requests_are_told_to_wait():
    with shop(**SMALL).serve(rate=2, burst=3) as api:
        answers = [call(api, "/status") for _ in range(6)]
        assert [status for status, _, _ in answers].count(200) in (3, 4)
        status, body, headers = answers[-1]
        assert status == 429 and int(headers["retry-after"]) >= 1 and body["error"]
        time.sleep(0.6)
        assert call(api, "/status")[0] == 200


def test_the_api_starts_and_stops_again_and_again_also_inside_a_running_loop():
    async def inside() -> str:
        with shop(**SMALL).serve() as api:
            return (await asyncio.to_thread(call, api, "/status"))[1]["day"]

    for _ in range(3):
        with shop(**SMALL).serve() as api:
            assert call(api, "/status")[0] == 200
        with pytest.raises(OSError):
            call(api, "/health")
    assert asyncio.run(inside()) == str(LAST_DAY)


# Its modules


def test_no_module_imports_one_that_imports_it_not_even_for_its_types():
    folder = Path(marketplace.__file__).parent
    imports = {}
    for path in folder.glob("*.py"):
        nodes = [
            node
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.ImportFrom) and node.level
        ]
        names = {name.name for node in nodes if node.module is None for name in node.names}
        imports[path.stem] = (names | {node.module for node in nodes if node.module}) & {
            p.stem for p in folder.glob("*.py")
        }
    order = list(TopologicalSorter(imports).static_order())  # a CycleError names the circle
    assert order.index("shop") < order.index("api") < order.index("marketplace")


# Files and command line


def test_parquet_holds_the_valid_records_in_typed_columns(tmp_path, dump):
    paths = shop(**SMALL).write(tmp_path, "parquet")
    products, prices, reviews = (pq.read_table(path).to_pylist() for path in paths[:3])
    records = dump(**SMALL)
    valid = [record for record in records["reviews"] if review_problem(record) is None]
    assert reviews == [
        {**record, "helpful_vote": int(record["helpful_vote"]), "vine": record.get("vine")}
        for record in valid
    ]
    assert prices == records["prices"]
    items = [item for item in records["products"] if item_problem(item) is None]
    assert [{**item, "details": json.loads(item["details"])} for item in products] == [
        {**item, "price": item["price"] if isinstance(item["price"], float) else None}
        for item in items
    ]


def test_sizes_too_small_for_the_story_say_the_minimum():
    with pytest.raises(ValueError, match="200 items and 3,000 reviews"):
        Marketplace(items=199, reviews=3000)
    with pytest.raises(ValueError, match="200 items and 3,000 reviews"):
        Marketplace(items=200, reviews=2999)
    with pytest.raises(ValueError, match="2024-01-01 to 2025-12-31"):
        shop(**SMALL).write(Path("nowhere"), day=date(2026, 1, 1))
    assert Marketplace(items=1, reviews=1, truths=False).truth()["counts"]["review_records"] == 1


def test_an_interrupted_write_leaves_no_file(tmp_path):
    def stop(table: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    folder = tmp_path / "files"
    folder.mkdir()
    with pytest.raises(KeyboardInterrupt):
        shop(**SMALL).write(folder, progress=stop)
    assert list(folder.iterdir()) == []


def test_the_command_writes_files_and_does_not_replace_them_unasked(tmp_path):
    def run(*options: str) -> subprocess.CompletedProcess:
        command = [
            sys.executable,
            "-m",
            "dlt_pipelines.marketplace",
            "generate",
            "--out",
            str(tmp_path),
            *options,
        ]
        return subprocess.run(
            command, cwd=Path(__file__).parents[1], capture_output=True, text=True, encoding="utf-8"
        )

    options = ("--items", "200", "--reviews", "3000", "--seed", "42", "--day", "2024-02-01")
    first = run(*options)
    assert first.returncode == 0, first.stderr
    assert "rows/s" in first.stderr and len(first.stdout.splitlines()) == 4
    written = (tmp_path / "Practice_Marketplace.jsonl").read_bytes()
    again = run(*options)
    assert again.returncode == 2 and "--force" in again.stderr
    assert run(*options, "--no-truths", "--force", "--reviews", "500").returncode == 0
    assert (tmp_path / "Practice_Marketplace.jsonl").read_bytes() != written
    assert json.loads((tmp_path / "truths.json").read_text())["quality_drop"] is None
