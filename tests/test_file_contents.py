"""A file is known by what it holds, never by its name; one that holds no records is an error."""

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support import ask, lines, review

from dlt_pipelines import amazon_products_pipeline as pipeline
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.load import bulk
from dlt_pipelines.load.contents import look_at
from dlt_pipelines.load.input_files import find_files

REVIEWS = [review(n) for n in range(1, 31)]
PRODUCT = {
    "parent_asin": "B000000001",
    "title": "Lamp",
    "store": "Shop",
    "price": 9.99,
    "categories": [],
}
PRICE = {"parent_asin": "B000000001", "timestamp": 1_700_000_000_000, "price": 9.99}
GOOD = lines(*REVIEWS)


@pytest.fixture(autouse=True)
def however_few(monkeypatch):
    """Files that are small beside what the warehouse has take the fast way, too."""
    monkeypatch.setattr(bulk, "FEW_BYTES", -1)


def parquet(records) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(records), out)
    return out.getvalue()


def zipped(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("R.jsonl", content)
    return out.getvalue()


def tarred(content: bytes) -> bytes:
    out, member = io.BytesIO(), tarfile.TarInfo("R.jsonl")
    member.size = len(content)
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def write(folder, **files: bytes):
    """Files of a folder; in a name `__` stands for a point."""
    folder.mkdir(exist_ok=True, parents=True)
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_bytes(content)
    return folder


def load(path, target="t"):
    return pipeline.run(source="files", path=path, target=target)


def refused(path):
    with pytest.raises(PipelineError) as caught:
        load(path)
    return caught.value


def ratings(target="t"):
    return ask(target, "select rating, count(*) from amazon_raw.reviews group by all order by all")


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
@pytest.mark.parametrize("folder", ["rating=1", "user_id=a/timestamp=5", "helpful_vote=7/title=x"])
def test_b1_a_folder_named_like_a_field_and_a_value_changes_no_record(own_state, form, folder):
    content = GOOD if form == "jsonl" else parquet(REVIEWS)
    write(own_state / "in" / folder, **{f"All_Beauty__{form}": content})
    load(own_state / "in")
    assert ratings() == [(5.0, 30)]
    assert ask("t", "select distinct helpful_vote, title from amazon_raw.reviews") == [(0, "Good")]
    (own_state / "in" / "new").mkdir()
    (own_state / "in" / "new" / "More.jsonl").write_bytes(lines(review(99, rating=4.0)))
    load(own_state / "in")  # now beside a filled warehouse, and with a record that is new
    assert ratings() == [(4.0, 1), (5.0, 30)]
    found = ask("t", "select count(distinct user_id), min(timestamp) from amazon_raw.reviews")
    assert found == [(31, REVIEWS[0]["timestamp"])]
    assert ask("t", "select distinct helpful_vote, title from amazon_raw.reviews") == [(0, "Good")]
    assert ask("t", "select count(other_fields) from amazon_raw.reviews") == [(0,)]


# A name, and how the records in the file are written.
NAMED = [
    ("R1.jsonl.gz", lines),
    ("R2.jsonl", lambda *r: gzip.compress(lines(*r))),
    ("R3.parquet", lines),
    ("R4.parquet", lambda *r: gzip.compress(lines(*r))),
    ("R5.jsonl.gz", lambda *r: parquet(r)),
    ("R6.jsonl", lambda *r: parquet(r)),
    ("R7.json", lines),
    ("R8.NDJSON.GZ", lambda *r: gzip.compress(lines(*r))),
    ("R9.txt", lines),
    ("R10", lambda *r: gzip.compress(lines(*r))),
    ("R11", lambda *r: parquet(r)),
    ("meta_R12.jsonl", lines),
    ("prices_R13.jsonl.gz", lambda *r: b"\xef\xbb\xbf" + lines(*r)),
    ("meta_R14.jsonl", lambda *r: gzip.compress(b"\xef\xbb\xbf" + lines(*r))),
    ("R15.csv.zip", lambda *r: gzip.compress(lines(*r[:3])) + gzip.compress(lines(*r[3:]))),
    ("R16.jsonl", lambda *r: b"[" * 2000 + b"\n" + lines(*r)),
]


def test_b2_records_load_whatever_their_file_is_called(own_state):
    folder = write(own_state / "in")
    for number, (name, written) in enumerate(NAMED):
        (folder / name).write_bytes(written(*(review(100 * number + n) for n in range(20))))
    for _ in range(2):
        load(folder)
    counts = ask(
        "t",
        "select source, sum(inserted), sum(unchanged) from amazon_raw.load_reconciliation "
        "group by 1",
    )
    assert sorted(counts) == sorted((name, 20, 20) for name, _ in NAMED)
    assert ratings() == [(5.0, 20 * len(NAMED))]


FOREIGN = {
    "a zip archive": zipped(GOOD),
    "packed with bzip2": bz2.compress(GOOD),
    "packed with xz": lzma.compress(GOOD),
    "packed with zstd": bytes.fromhex("28b52ffd") + b"x" * 50,
    "packed with gzip twice": gzip.compress(gzip.compress(GOOD)),
    "a tar archive": tarred(GOOD),
    "a PDF document": b"%PDF-1.4\n%\xe2\xe3\n1 0 obj\n",
    "a JSON array": b"[\n" + b",\n".join(GOOD.splitlines()) + b"\n]\n",
}
TEXTS = {
    "a Git LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 9\n",
    "an HTML page": b"\n<!DOCTYPE html>\n<html><body>Sign in</body></html>\n",
    "XML": b'<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>',
    "a JSON array": json.dumps(REVIEWS).encode(),
    "JSON that is not written one object a line": json.dumps(REVIEWS[0], indent=2).encode(),
    "JSON lines of something else": lines({"reviewerID": "A1", "overall": 5.0}),
    "JSON lines of reviews that break": lines(review(1, timestamp=None), review(2, timestamp=5)),
    "CSV with the columns rating, title, text": b"rating,title,text\n5,Good,Works\n",
    "plain text": b"Please fetch the data from the new server, and mind the licence.\n",
    "text in UTF-16": GOOD.decode().encode("utf-16"),
    "Python dictionaries, not JSON": "\n".join(map(repr, REVIEWS)).encode(),
    "binary data": bytes(range(256)) * 3,
    "a gzip file that is cut off or damaged": gzip.compress(GOOD)[:40],
}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("seems", [*FOREIGN, *TEXTS])
def test_b2_what_is_no_record_is_told_for_what_it_seems_to_be(tmp_path, seems, packed):
    content = FOREIGN.get(seems) or TEXTS[seems]
    if packed and not content.startswith(b"\x1f\x8b"):
        content = gzip.compress(content)
    (tmp_path / "x").write_bytes(content)
    assert look_at(tmp_path / "x").seems.startswith(seems)


@pytest.mark.parametrize("seems", FOREIGN)
def test_b2_a_file_that_is_for_certain_no_records_is_refused_unread(own_state, seems):
    write(own_state / "in", Good__jsonl=GOOD, R__jsonl__gz=FOREIGN[seems])
    with pytest.raises(PipelineError) as caught:
        find_files(own_state / "in")
    assert caught.value.faq == "nothing-accepted"
    assert caught.value.what.startswith(f"R.jsonl.gz holds nothing to load. It seems to be {seems}")


@pytest.mark.parametrize(
    ("name", "seems"),
    [
        ("R.parquet", "a Git LFS pointer"),
        ("R.jsonl.gz", "an HTML page"),
        ("R.jsonl", "CSV"),
        ("meta_R.jsonl", "JSON lines of reviews that break"),
    ],
)
def test_b2_records_of_which_none_is_accepted_are_an_error(own_state, name, seems):
    (content,) = [content for kind, content in TEXTS.items() if kind.startswith(seems)]
    folder = write(own_state / "in", Good__jsonl=GOOD)
    (folder / name).write_bytes(content)
    error = refused(folder)
    assert error.faq == "nothing-accepted"
    assert f"{name} holds nothing to load" in error.what
    assert f"seems to be {seems}" in error.what
    assert "none was accepted" in error.what
    (folder / name).unlink()
    load(folder)
    assert ratings() == [(5.0, 30)]


def test_b2_beside_a_filled_warehouse_it_is_an_error_all_the_same(own_state, monkeypatch):
    load(write(own_state / "in", R__jsonl=GOOD))
    for few in (-1, 1 << 20):
        monkeypatch.setattr(bulk, "FEW_BYTES", few)
        (own_state / "in" / "S.jsonl.gz").write_bytes(TEXTS["an HTML page"])
        assert refused(own_state / "in").faq == "nothing-accepted"


def test_b2_a_file_without_a_line_is_no_error_and_one_good_record_is_enough(own_state):
    bad = ["no record"] * 5
    write(
        own_state / "in",
        Empty__jsonl=b"",
        Blank__jsonl=b"\n\n",
        Empty__jsonl__gz=gzip.compress(b""),
        R__jsonl=lines(*bad, *REVIEWS[:1]),
    )
    load(own_state / "in")
    counted = ask("t", "select source, inserted, rejected from amazon_raw.load_reconciliation")
    assert counted == [("R.jsonl", 1, 5)]


@pytest.mark.parametrize("name", ["R.parquet", "R.jsonl.gz"])
def test_b2_a_packed_file_that_is_empty_was_cut_off(own_state, name):
    (write(own_state / "in", Good__jsonl=GOOD) / name).touch()
    with pytest.raises(PipelineError, match=f"{name} cannot be read: it is empty") as caught:
        find_files(own_state / "in")
    assert caught.value.faq == "unreadable-file"


def test_b2_good_records_outside_the_days_asked_for_are_good_all_the_same(own_state):
    late = lines("no record", *(review(n, timestamp=1_720_000_000_000) for n in (5, 6)))
    write(own_state / "in", R__jsonl=GOOD, Late__jsonl=late, Late__jsonl__gz=gzip.compress(late))
    day = pipeline.date(2023, 12, 31)
    pipeline.run(source="files", path=own_state / "in", target="t", to_date=day)
    assert ratings() == [(5.0, 30)]
    (own_state / "in" / "Bad.jsonl").write_bytes(lines("no record"))
    with pytest.raises(PipelineError, match=r"Bad\.jsonl holds nothing to load"):
        pipeline.run(source="files", path=own_state / "in", target="t", to_date=day)


def test_b2_what_does_not_promise_records_is_passed_over_and_named_where_nothing_else_is_there(
    own_state,
):
    folder = own_state / "in"
    others = {
        "README__md": b"# Data\n",
        "truths__json": b'{\n "items": 5\n}',
        "reviews__jsonl__part": GOOD,
        "a__csv": TEXTS["plain text"],
    }
    write(folder, **others, **{".___R__jsonl": b"\0\5\x16\7\0\2\0\0Mac OS X"})
    error = refused(folder)
    assert error.faq == "nothing-to-load"
    assert "README.md seems to be plain text" in error.what
    write(folder, R__jsonl=GOOD)
    load(folder)
    assert ask("t", "select source from amazon_raw.load_reconciliation") == [("R.jsonl",)]


@pytest.mark.parametrize(
    ("record", "table"),
    [(PRODUCT, "products"), (PRICE, "prices"), (review(1), "reviews")],
)
@pytest.mark.parametrize(
    "name",
    ["x.jsonl", "meta_x.jsonl", "prices_x.jsonl", "raw_review_x/full-00000-of-00001.parquet"],
)
def test_b3_the_fields_tell_which_table_a_file_feeds(tmp_path, record, table, name):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    among_others = lines("no record", record, {"asin": 1})
    content = parquet([record]) if name.endswith("parquet") else among_others
    (tmp_path / name).write_bytes(content)
    assert [file.table for file in find_files(tmp_path)] == [table]


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("raw_meta_Books/full-00000-of-00001.jsonl", "products"),
        ("meta_x.jsonl", "products"),
        ("prices_x.jsonl", "prices"),
        ("x.jsonl", "reviews"),
    ],
)
def test_b3_where_the_fields_do_not_tell_it_the_name_or_the_folder_does(tmp_path, name, table):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    for content in (b"", lines({"parent_asin": "B1"}), lines("no record")):
        (tmp_path / name).write_bytes(content)
        assert [file.table for file in find_files(tmp_path)] == [table]


def of_the_publisher(product: dict) -> dict:
    """A product as the publisher's Parquet files hold it: texts, and lists the other way round."""
    turned = {
        name: {key: [each[key] for each in product[name]] for key in keys}
        for name, keys in KEYS.items()
    }
    price = str(product["price"])  # None becomes "None"
    return product | turned | {"price": price, "details": json.dumps(product["details"])}


KEYS = {"images": ("hi_res", "large", "thumb", "variant"), "videos": ("title", "url", "user_id")}
PRODUCTS = [
    {
        "main_category": "All Beauty",
        "title": "None" if number == 3 else f"Product {number}",
        "average_rating": 4.5,
        "rating_number": number,
        "features": ["A", "B"] if number % 2 else [],
        "description": [],
        "price": (None, 9.99, "from 12.99", 0.5)[number % 4],
        "images": [dict.fromkeys(KEYS["images"]) | {"large": f"L{n}"} for n in range(number % 3)],
        "videos": [{"title": "T", "url": "U", "user_id": ""}] if number == 2 else [],
        "store": "Shop",
        "categories": ["Beauty", "Soap"],
        "details": {"UPC": "1", "Sizes": {"a": [1]}, "upc": "2"} if number % 2 else {},
        "parent_asin": f"B{number:09}",
        "bought_together": None,
        "subtitle": None,
        "author": None,
    }
    for number in range(40)
]


def products(target):
    """The products, objects and lists as Python's."""
    nested = ["categories", "features", "description", "details", "images", "videos"]
    rows = ask(
        target,
        "select parent_asin, title, price::varchar, price_text, bought_together, "
        f"{', '.join(nested)} from amazon_raw.products",
    )
    return sorted((*row[:5], *map(json.loads, row[5:])) for row in rows)


def publish(folder, product_parts=1, review_parts=1):
    """The folders of the data set's own Parquet files, in shards, beside what else lies there."""
    for kind, records, parts in (
        ("meta", list(map(of_the_publisher, PRODUCTS)), product_parts),
        ("review", REVIEWS, review_parts),
    ):
        schema = pa.Table.from_pylist(records).schema
        for at, each in enumerate(schema):
            if each.type == pa.null():
                schema = schema.set(at, each.with_type(pa.string()))
        place = folder / f"raw_{kind}_All_Beauty"
        place.mkdir(parents=True)
        for part in range(parts):
            rows = pa.Table.from_pylist(records[part::parts], schema)
            pq.write_table(rows, place / f"full-{part:05}-of-{parts:05}.parquet")
    (folder / "README.md").write_text("---\npretty_name: Reviews\n---\n")
    (folder / ".gitattributes").write_text("*.parquet filter=lfs\n")
    (folder / "asin2category.json").write_text('{"B000000001": "All_Beauty"}')
    return folder


@pytest.mark.parametrize("line_by_line", [False, True])
def test_b3_the_publishers_parquet_is_read_as_its_json_lines(own_state, monkeypatch, line_by_line):
    if line_by_line:
        monkeypatch.setattr(bulk, "_index", lambda *a: False)
    load(publish(own_state / "parquet", product_parts=2), target="parquet")
    load(write(own_state / "jsonl", meta_B__jsonl=lines(*PRODUCTS), B__jsonl=GOOD), target="jsonl")
    assert products("parquet") == products("jsonl")
    assert ("B000000003", "None", "0.50") in [row[:3] for row in products("parquet")]
    assert [row[2:4] for row in products("parquet")][:3] == [
        (None, None),
        ("9.99", None),
        (None, "from 12.99"),
    ]
    assert isinstance(products("parquet")[1][8], dict)
    assert ratings("parquet") == ratings("jsonl") == [(5.0, 30)]
    assert ask("parquet", "select count(*) from amazon_raw.rejected_records") == [(0,)]


def test_b3_several_formats_at_once_are_one_load(own_state):
    folder = publish(own_state / "in", review_parts=3)
    write(
        folder / "raw",
        meta_B__jsonl__gz=gzip.compress(lines(*PRODUCTS)),
        B__jsonl=GOOD,
        More__json=lines(review(77)),
    )
    load(folder)
    assert ratings() == [(5.0, 31)]
    assert ask("t", "select count(*) from amazon_raw.products") == [(40,)]
    load(folder)
    counted = ask("t", "select sum(inserted), sum(rejected) from amazon_raw.load_reconciliation")
    assert counted == [(71, 0)]


def test_b3_a_price_that_is_not_a_number_is_null(own_state):
    values = [float("nan"), 9.5, None]
    prices = [{"parent_asin": f"P{n}", "title": "x", "price": v} for n, v in enumerate(values)]
    load(
        write(
            own_state / "in",
            meta_R__parquet=parquet(prices),
            meta_R__jsonl=lines({**prices[0], "parent_asin": "P3"}),
        )
    )
    prices_of = "select parent_asin, price::varchar, price_text from amazon_raw.products order by 1"
    kept = ask("t", prices_of)
    assert kept == [
        ("P0", None, None),
        ("P1", "9.50", None),
        ("P2", None, None),
        ("P3", None, None),
    ]


def test_b3_none_written_as_text_is_null_in_json_lines_too(own_state):
    nothing = dict.fromkeys(("helpful_vote", "verified_purchase", "rating", "images"), "None")
    records = [review(n, **nothing) for n in range(5)]
    odd = [review(9, timestamp="None"), review(10, user_id=None)]
    load(
        write(
            own_state / "in",
            R__jsonl=lines(*records, *odd),
            meta_R__jsonl=lines(PRODUCT | {"price": "None", "details": "None"}),
        )
    )
    assert ask(
        "t",
        "select distinct rating, helpful_vote, verified_purchase, images from amazon_raw.reviews",
    ) == [(None,) * 4]
    assert ask("t", "select price, price_text, details from amazon_raw.products") == [(None,) * 3]
    reasons = ask("t", "select reason from amazon_raw.rejected_records order by position")
    assert reasons == [('timestamp cannot be read as a count: "None"',), ("user_id is missing",)]
