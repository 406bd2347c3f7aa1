"""Whatever a file holds, the load gives a clear error or a reject with its position, and loses nothing else."""

import gzip
import json

import pytest
from support import ask, lines, review

from dlt_pipelines import amazon_products_pipeline as pipeline
from dlt_pipelines.errors import PipelineError

GOOD = [review(1), review(2)]
LATER_THAN_ANY_LOAD = 4_133_980_800_000


def load(folder, **files: bytes):
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_bytes(content)
    return pipeline.run(source="files", path=folder, target="t")


def rejects():
    return ask("t", "select table_name, source, position, reason from amazon_raw.rejected_records order by all")


def assert_adds_up():
    sums = ask(
        "t",
        "select sum(rows_in), sum(inserted + updated + unchanged + duplicates + rejected), "
        "(select count(*) from amazon_raw.rejected_records), sum(rejected) from amazon_raw.load_reconciliation",
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
        (review(9, verified_purchase="perhaps"), 'verified_purchase cannot be read as a flag: "perhaps"'),
        (review(9, rating=0.0), "rating 0.0 is outside 1 to 5"),
        (review(9, rating=11.0), "rating 11.0 is outside 1 to 5"),
        (review(9, timestamp=1_700_000_000), "timestamp 1700000000 is before 1995: seconds instead of milliseconds?"),
        (review(9, timestamp=LATER_THAN_ANY_LOAD), f"timestamp {LATER_THAN_ANY_LOAD} is after the load"),
        (b"\x00\x00" + json.dumps(review(9)).encode(), "not JSON"),
        (b'{"title": "\xff\xfe"}', "not UTF-8 text"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 60 else None,
)
def test_a_bad_record_is_rejected_with_its_reason_and_position_and_its_neighbours_load(own_state, record, reason):
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
    ids=["byte-order mark", "CRLF", "no last newline", "blank lines", "5 MB line", "numbers as text", "escaped NUL", "nulls"],
)
def test_a_file_that_is_merely_odd_loads_whole(own_state, content, users):
    load(own_state / "in", R__jsonl=content)
    assert ask("t", "select count(distinct user_id) from amazon_raw.reviews") == [(users,)]
    assert rejects() == []
    assert_adds_up()


def test_a_truncated_gzip_loads_up_to_the_cut_and_names_it(own_state):
    whole = gzip.compress(lines(*(review(n, text=f"text {n * 7919}") for n in range(1, 3001))), mtime=0)
    load(own_state / "in", R__jsonl__gz=whole[: len(whole) // 2], Good__jsonl=lines(review(9001)))
    (table, source, position, reason) = rejects()[0]
    assert (table, source) == ("reviews", "R.jsonl.gz")
    assert "cut off" in reason
    assert len(rejects()) == 1
    before_the_cut = ask("t", "select count(*), max(timestamp) - 1700000000000 from amazon_raw.reviews where user_id <> 'U9001'")[0]
    assert before_the_cut == (position - 1, position - 1)
    assert position > 500
    assert ask("t", "select count(*) from amazon_raw.reviews where user_id = 'U9001'") == [(1,)]
    assert_adds_up()
    load(own_state / "in", R__jsonl__gz=whole)
    assert ask("t", "select count(*) from amazon_raw.reviews") == [(3001,)]


def test_gzip_files_of_several_members_load_whole(own_state):
    load(own_state / "in", R__jsonl__gz=gzip.compress(lines(GOOD[0])) + gzip.compress(lines(GOOD[1])) + b"\0" * 8)
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
    assert ask("t", "select parent_asin, price::varchar, price_text from amazon_raw.products order by 1") == [
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
    load(own_state / "in", R__jsonl=lines(review(1, vine=True, helpful_vote="3", note={"a": None}), review(2)))
    kept = ask("t", "select user_id, helpful_vote, other_fields from amazon_raw.reviews order by 1")
    assert kept[0][:2] == ("U0001", 3)
    assert json.loads(kept[0][2]) == {"vine": True, "note": {"a": None}, "helpful_vote": "3"}
    assert kept[1] == ("U0002", 0, None)


def test_of_records_with_one_identity_the_last_wins_and_the_others_are_counted(own_state):
    load(own_state / "in", R__jsonl=lines(review(1), review(1), review(1, rating=2.0, text="Broke.")))
    assert ask("t", "select rating, text from amazon_raw.reviews") == [(2.0, "Broke.")]
    assert ask("t", "select rows_in, inserted, duplicates from amazon_raw.load_reconciliation where rows_in > 0") == [(3, 1, 2)]


def test_a_review_whose_product_is_missing_loads(own_state):
    load(own_state / "in", R__jsonl=lines(review(1, parent_asin="nowhere")), meta_R__jsonl=lines({"parent_asin": "P1"}))
    assert ask("t", "select parent_asin from amazon_raw.reviews") == [("nowhere",)]


@pytest.mark.parametrize(
    ("make", "faq"),
    [
        (lambda folder: folder / "missing", "no-such-path"),
        (lambda folder: folder, "nothing-to-load"),
        (lambda folder: folder / "*.jsonl", "nothing-to-load"),
        (lambda folder: (folder / "R.jsonl").write_bytes(b"") or folder, "nothing-to-load"),
        (lambda folder: (folder / "R.parquet").write_bytes(b"PAR1 this is none") and folder, "unreadable-file"),
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
    assert ask("glob", "select table_name, source from amazon_raw.load_reconciliation order by 1") == [("reviews", "A.jsonl")]
