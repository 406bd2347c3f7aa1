"""Whatever a file holds, the load gives a clear error or a reject with its position, and loses
nothing else.
"""

import gzip
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support import ask, lines, review

from course.dbt import dbt
from dlt_pipelines import amazon_products_pipeline as pipeline
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.load import bulk
from dlt_pipelines.load.contract import TABLES

GOOD = [review(1), review(2)]
LATER_THAN_ANY_LOAD = 4_133_980_800_000


def load(folder, target="t", /, **files: bytes):
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_bytes(content)
    return pipeline.run(source="files", path=folder, target=target)


def rejects():
    return ask(
        "t",
        "select table_name, source, position, reason from amazon_raw.rejected_records order by all",
    )


def assert_adds_up():
    sums = ask(
        "t",
        "select sum(rows_in), sum(inserted + updated + unchanged + duplicates + rejected), "
        "(select count(*) from amazon_raw.rejected_records), sum(rejected) from "
        "amazon_raw.load_reconciliation",
    )[0]
    assert sums[0] == sums[1] > 0
    assert sums[2] == sums[3]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ("not json at all", "not JSON"),
        ('{"rating": 5.0, "title": "cut', "not JSON"),
        ("[1, 2]", "JSON, but not an object"),
        ('"text"', "JSON, but not an object"),
        ("null", "JSON, but not an object"),
        ({k: v for k, v in review(9).items() if k != "parent_asin"}, "parent_asin is missing"),
        (review(9, parent_asin=None), "parent_asin is missing"),
        (review(9, user_id=None), "user_id is missing"),
        (review(9, asin=None), "asin is missing"),
        (review(9, timestamp=None), "timestamp is missing"),
        (review(9, user_id={"id": 9}), "user_id cannot be read as text"),
        (review(9, rating="five"), 'rating cannot be read as a number: "five"'),
        (review(9, helpful_vote="many"), 'helpful_vote cannot be read as a count: "many"'),
        (review(9, helpful_vote=1.5), "helpful_vote cannot be read as a count: 1.5"),
        (
            review(9, verified_purchase="perhaps"),
            'verified_purchase cannot be read as a flag: "perhaps"',
        ),
        (review(9, rating=0.0), "rating 0.0 is outside 1 to 5"),
        (review(9, rating=11.0), "rating 11.0 is outside 1 to 5"),
        (
            review(9, timestamp=1_700_000_000),
            "timestamp 1700000000 is before 1995: seconds instead of milliseconds?",
        ),
        (
            review(9, timestamp=LATER_THAN_ANY_LOAD),
            f"timestamp {LATER_THAN_ANY_LOAD} is after the load",
        ),
        ("[" * 2000, "not JSON"),
        ('{"a":' * 2000, "not JSON"),
        (json.dumps(review(9))[:-1] + ', "note": ' + "[" * 2000, "not JSON"),
        (b"\x00\x00" + json.dumps(review(9)).encode(), "not JSON"),
        (b'{"title": "\xff\xfe"}', "not UTF-8 text"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 60 else None,
)
def test_a_bad_record_is_rejected_with_its_reason_and_position_and_its_neighbours_load(
    own_state, record, reason
):
    load(own_state / "in", R__jsonl=lines(GOOD[0], record, GOOD[1]))
    assert rejects() == [("reviews", "R.jsonl", 2, reason)]
    assert ask("t", "select user_id from amazon_raw.reviews order by 1") == [("U0001",), ("U0002",)]
    assert_adds_up()


@pytest.mark.parametrize(
    ("content", "users"),
    [
        (b"\xef\xbb\xbf" + lines(*GOOD), 2),
        (lines(*GOOD).replace(b"\n", b"\r\n"), 2),
        (lines(*GOOD).rstrip(b"\n"), 2),
        (lines(GOOD[0], "", "   ", GOOD[1]), 2),
        (lines(GOOD[0], review(2, text="y" * 5_000_000)), 2),
        (lines(GOOD[0], review(2, rating="4", helpful_vote="3", timestamp="1700000000002")), 2),
        (lines(GOOD[0], review(2, text="a\x00b", title="🎮 <br />")), 2),
        (lines(GOOD[0], review(2, rating=None, text=None, helpful_vote=None)), 2),
    ],
    ids=[
        "byte-order mark",
        "CRLF",
        "no last newline",
        "blank lines",
        "5 MB line",
        "numbers as text",
        "escaped NUL",
        "nulls",
    ],
)
def test_a_file_that_is_merely_odd_loads_whole(own_state, content, users):
    load(own_state / "in", R__jsonl=content)
    assert ask("t", "select count(distinct user_id) from amazon_raw.reviews") == [(users,)]
    assert rejects() == []
    assert_adds_up()


def test_a_truncated_gzip_loads_up_to_the_cut_and_names_it(own_state):
    whole = gzip.compress(
        lines(*(review(n, text=f"text {n * 7919}") for n in range(1, 3001))), mtime=0
    )
    load(own_state / "in", R__jsonl__gz=whole[: len(whole) // 2], Good__jsonl=lines(review(9001)))
    (table, source, position, reason) = rejects()[0]
    assert (table, source) == ("reviews", "R.jsonl.gz")
    assert "cut off" in reason
    assert len(rejects()) == 1
    before_the_cut = ask(
        "t",
        "select count(*), max(timestamp) - 1700000000000 from "
        "amazon_raw.reviews where user_id <> 'U9001'",
    )[0]
    assert before_the_cut == (position - 1, position - 1)
    assert position > 500
    assert ask("t", "select count(*) from amazon_raw.reviews where user_id = 'U9001'") == [(1,)]
    assert_adds_up()
    load(own_state / "in", R__jsonl__gz=whole)
    assert ask("t", "select count(*) from amazon_raw.reviews") == [(3001,)]


def test_gzip_files_of_several_members_load_whole(own_state):
    load(
        own_state / "in",
        R__jsonl__gz=gzip.compress(lines(GOOD[0])) + gzip.compress(lines(GOOD[1])) + b"\0" * 8,
    )
    assert ask("t", "select count(*) from amazon_raw.reviews") == [(2,)]
    assert rejects() == []


def test_a_price_that_is_text_is_kept_beside_the_number(own_state):
    items = [
        {"parent_asin": "P1", "price": "from 12.99"},
        {"parent_asin": "P2", "price": "—"},
        {"parent_asin": "P3", "price": 12.5},
        {"parent_asin": "P4", "price": None},
    ]
    load(own_state / "in", meta_R__jsonl=lines(*items))
    assert ask(
        "t", "select parent_asin, price::varchar, price_text from amazon_raw.products order by 1"
    ) == [
        ("P1", None, "from 12.99"),
        ("P2", None, "—"),
        ("P3", "12.50", None),
        ("P4", None, None),
    ]
    assert rejects() == []


def test_details_whose_keys_differ_in_case_only_are_kept_whole(own_state):
    details = {"Number of Pieces": "1", "Number of pieces": "2", "Nested": {"a": [1, 2]}}
    load(own_state / "in", meta_R__jsonl=lines({"parent_asin": "P1", "details": details}))
    assert json.loads(ask("t", "select details from amazon_raw.products")[0][0]) == details


def test_fields_that_the_contract_does_not_name_and_changed_types_are_kept(own_state):
    load(
        own_state / "in",
        R__jsonl=lines(review(1, vine=True, helpful_vote="3", note={"a": None}), review(2)),
    )
    kept = ask("t", "select user_id, helpful_vote, other_fields from amazon_raw.reviews order by 1")
    assert kept[0][:2] == ("U0001", 3)
    assert json.loads(kept[0][2]) == {"vine": True, "note": {"a": None}, "helpful_vote": "3"}
    assert kept[1] == ("U0002", 0, None)


def test_of_records_with_one_identity_the_last_wins_and_the_others_are_counted(own_state):
    load(
        own_state / "in", R__jsonl=lines(review(1), review(1), review(1, rating=2.0, text="Broke."))
    )
    assert ask("t", "select rating, text from amazon_raw.reviews") == [(2.0, "Broke.")]
    assert ask(
        "t",
        "select rows_in, inserted, duplicates from amazon_raw.load_reconciliation "
        "where rows_in > 0",
    ) == [(3, 1, 2)]


def test_a_review_whose_product_is_missing_loads(own_state):
    load(
        own_state / "in",
        R__jsonl=lines(review(1, parent_asin="nowhere")),
        meta_R__jsonl=lines({"parent_asin": "P1"}),
    )
    assert ask("t", "select parent_asin from amazon_raw.reviews") == [("nowhere",)]


DEEP = [
    "[" * 2000,
    "[" * 2000 + "]" * 2000,
    '{"a":' * 5000,
    "[" * 100_000,
    json.dumps(review(9))[:-1] + ',"x":' + "[" * 3000,
]


@pytest.mark.parametrize("few", [-1, 1 << 20], ids=["bulk", "few"])
def test_b5_a_deeply_nested_line_is_a_reject_in_whatever_file_and_place(
    own_state, monkeypatch, few
):
    monkeypatch.setattr(bulk, "FEW_BYTES", few)
    many = [review(n) for n in range(60)]
    for _ in range(2):
        load(
            own_state / "in",
            First__jsonl=lines(*DEEP, *many[:30]),
            Last__jsonl__gz=gzip.compress(lines(*many[30:], *DEEP)),
        )
    found = ask("t", "select source, position from amazon_raw.rejected_records order by all")
    assert found == [
        *(("First.jsonl", n) for n in range(1, 6)),
        *(("Last.jsonl.gz", n) for n in range(31, 36)),
    ]
    assert ask("t", "select count(*) from amazon_raw.reviews") == [(60,)]


SPACES = ["\f", "\v", " \f\t\v ", "\x1c", "\x85", "\xa0", "\u2028", "\u3000", "\ufeff", "\x00"]


def test_b6_white_space_around_a_record_is_judged_alike_by_both_ways(own_state, monkeypatch):
    written = [json.dumps(review(n)) for n in range(50)]
    for n, space in enumerate(SPACES):
        written[3 * n] += space
        written[3 * n + 1] = space + written[3 * n + 1]
        written[3 * n + 2] = space
    ends = []
    for target, few in (("bulk", -1), ("few", 1 << 20), ("lines", -1)):
        monkeypatch.setattr(bulk, "FEW_BYTES", few)
        if target == "lines":
            monkeypatch.setattr(bulk, "_index", lambda *a: False)
        for _ in range(2):
            load(own_state / "in", target, R__jsonl=lines(*written))
        counts = (
            "select rows_in, inserted, unchanged, rejected from "
            "amazon_raw.load_reconciliation order by load_id"
        )
        ends.append(
            (
                ask(target, counts),
                ask(target, "select position, reason from amazon_raw.rejected_records order by 1"),
            )
        )
    assert ends[0] == ends[1] == ends[2]
    (first, second), rejected = ends[0]
    # of ten lines of white space three are blank for DuckDB's reader
    assert first[0] == second[0] == 47
    # form feeds and tabs do no harm
    assert {position for position, _ in rejected}.isdisjoint(range(1, 10))


BELOW, OUTSIDE = "price {} is below 0", "average_rating {} is outside 0 to 5"
TURNED_DOWN = {
    "meta_R": [
        ({"price": "-3"}, BELOW.format("-3.00")),
        ({"price": "-0.01"}, BELOW.format("-0.01")),
        ({"average_rating": 5.1}, OUTSIDE.format("5.1")),
        ({"average_rating": -1.0}, OUTSIDE.format("-1.0")),
        ({"average_rating": 1e300}, OUTSIDE.format("1e+300")),
    ],
    "prices_R": [
        ({"price": "-3.5"}, BELOW.format("-3.50")),
        ({"price": "-1e2"}, BELOW.format("-100.00")),
    ],
}


@pytest.mark.parametrize("name", TURNED_DOWN)
@pytest.mark.parametrize("form", ["jsonl", "numbers", "parquet"])
def test_b7_what_the_models_would_stop_at_is_turned_down_at_the_door(
    own_state, monkeypatch, name, form
):
    monkeypatch.setattr(bulk, "FEW_BYTES", -1)
    base = {"title": "x", "price": "0.00", "average_rating": 5.0, "rating_number": 1}
    if name == "prices_R":
        base = {"timestamp": 1_700_000_000_000, "price": "0"}
    bad = [
        base | changes | {"parent_asin": f"B{n}"}
        for n, (changes, _) in enumerate(TURNED_DOWN[name])
    ]
    records = [base | {"parent_asin": "G0"}, *bad, base | {"parent_asin": "G1", "price": "None"}]
    if form == "numbers":
        records = [
            each | {"price": None if each["price"] == "None" else float(each["price"])}
            for each in records
        ]
    content = lines(*records)
    if form == "parquet":
        out = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(records), out)
        content = out.getvalue()
    for _ in range(2):
        load(own_state / "in", **{f"{name}__jsonl": content})
    table = "prices" if name == "prices_R" else "products"
    assert ask("t", f"select parent_asin from amazon_raw.{table} order by 1") == [("G0",), ("G1",)]
    reasons = [reason for _, reason in TURNED_DOWN[name]]
    assert ask("t", "select reason from amazon_raw.rejected_records order by position") == [
        (reason,) for reason in reasons
    ]


@pytest.mark.slow
def test_b7_whatever_the_contract_lets_in_the_models_can_be_built_on(own_state):
    """Every odd value that is accepted, at once; each dbt test holds."""
    odd = [
        None,
        "",
        "None",
        "x",
        0,
        1,
        -1,
        0.5,
        10**17,
        -(10**17),
        1e15,
        5,
        True,
        [],
        {},
        [None],
        [[1], {"a": 1}],
        {"a": [1, 2]},
        [{}],
        ["", " ", None],
    ]
    names = [
        name
        for table in TABLES.values()
        for name in table.fields
        if name not in ("parent_asin", "user_id", "asin")
    ]
    products = [
        {"parent_asin": f"P{name}{n}", name: value} for name in names for n, value in enumerate(odd)
    ]
    reviews = [review(n, **{name: value}) for name in names for n, value in enumerate(odd)]
    reviews = [
        each | {"user_id": f"V{n}", "parent_asin": products[n]["parent_asin"]}
        for n, each in enumerate(reviews)
    ]
    good = {"timestamp": 1_700_000_000_000, "price": 5}
    prices = [
        good | {"parent_asin": f"P{name}{n}", name: value}
        for name in ("price", "timestamp", "note")
        for n, value in enumerate(odd)
    ]
    # so few are turned down that nothing warns of it
    reviews += [review(n, timestamp=788_918_400_000 + n) for n in range(2000)]
    load(
        own_state / "in",
        meta_R__jsonl=lines(*products),
        R__jsonl=lines(*reviews),
        prices_R__jsonl=lines(*prices),
    )
    assert ask("t", "select count(*) from amazon_raw.rejected_records")[0][0] > 50
    dbt("build", target="t")
    assert ask("t", "select count(*) from marts.fct_reviews")[0][0] > 2000


@pytest.mark.parametrize(
    ("make", "faq"),
    [
        (lambda folder: folder / "missing", "no-such-path"),
        (lambda folder: folder, "nothing-to-load"),
        (lambda folder: folder / "*.jsonl", "nothing-to-load"),
        (lambda folder: (folder / "R.jsonl").write_bytes(b"") or folder, "nothing-to-load"),
        (
            lambda folder: (folder / "R.parquet").write_bytes(b"PAR1 this is none") and folder,
            "unreadable-file",
        ),
    ],
    ids=["missing folder", "empty folder", "glob without match", "empty file", "broken Parquet"],
)
def test_where_there_is_nothing_to_read_the_error_says_what_to_do(own_state, make, faq):
    folder = own_state / "in"
    folder.mkdir()
    with pytest.raises(PipelineError) as caught:
        pipeline.run(source="files", path=make(folder), target="t")
    assert caught.value.faq == faq
    for leftover in folder.iterdir():
        leftover.unlink()
    load(folder, R__jsonl=lines(review(1)))
    assert ask("t", "select count(*) from amazon_raw.reviews") == [(1,)]


def test_files_are_told_apart_by_name_in_folders_and_globs(own_state):
    deep = own_state / "raw" / "meta_categories"
    deep.mkdir(parents=True)
    (deep / "meta_A.jsonl").write_bytes(lines({"parent_asin": "P1"}))
    (own_state / "raw" / "A.jsonl").write_bytes(lines(review(1)))
    (own_state / "raw" / "notes.txt").write_text("not data")
    pipeline.run(source="files", path=own_state / "raw", target="t")
    pipeline.run(source="files", path=f"{own_state}/raw/*.jsonl", target="glob")
    assert ask("t", "select table_name, source from amazon_raw.load_reconciliation order by 1") == [
        ("products", "meta_categories/meta_A.jsonl"),
        ("reviews", "A.jsonl"),
    ]
    assert ask(
        "glob", "select table_name, source from amazon_raw.load_reconciliation order by 1"
    ) == [("reviews", "A.jsonl")]
