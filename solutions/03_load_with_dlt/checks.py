"""The checks of the exercises on loading with dlt."""

import json
import re
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from itertools import islice
from pathlib import Path

import dlt
import duckdb
import pandas as pd
import pyarrow as pa
from dlt.extract import DltResource

from course.checks import Check, NotYet, Stopped, counted, kind, need_columns, need_text, same_rows, shown, small_pipeline
from dlt_pipelines.marketplace import Marketplace

NEEDS = "raw"

PATIENCE = 10  # seconds for all pages of a small API


def query(pipeline: dlt.Pipeline, sql: str) -> pd.DataFrame:
    with pipeline.sql_client() as client, client.execute_query(sql) as rows:
        return rows.df()


def offers(practice, load_offers):
    """Runs the load with four lists, one after the other, and compares the table with each list."""
    lists = [
        [{"asin": "K1", "price": 10.5}, {"asin": "K2", "price": 20.0}],
        [{"asin": "K1", "price": 10.5}, {"asin": "K2", "price": 20.0}],
        [{"asin": "K1", "price": 9.25}, {"asin": "K2", "price": 20.0}, {"asin": "K3", "price": 5.0}],
        [{"asin": "K3", "price": 5.0}],
    ]
    with small_pipeline() as pipeline:
        for expected in map(pd.DataFrame, lists):
            load_offers(pipeline, expected.to_dict("records"))
            try:
                found = query(pipeline, "select asin, price from offers")
            except Exception as error:
                raise NotYet("a table offers", "none", "`load_offers` must run the pipeline, into the table `offers`.") from error
            hint = ""
            if found.asin.duplicated().any():
                hint = "A list that was loaded before is still there, and the new one was put below it. A key alone does not change that: "
                hint += "dlt looks at the write disposition first, and merges only if it has a primary key."
            elif set(found.asin) - set(expected.asin):
                gone = sorted(set(found.asin) - set(expected.asin))[0]
                hint = f"{gone} is no longer on the list, and still in the table: a merge updates and adds, and never takes away."
            same_rows(found, expected, hint=hint)


def tidy_reviews(practice, reviews):
    """Runs the generator on a file that the learner has not seen, loads it, and compares columns and rows with the file."""
    with tempfile.TemporaryDirectory(prefix="check-") as folder:
        path = Path(folder) / "reviews.jsonl"
        path.write_text("".join(f"{line}\n" for line in _review_lines(practice)), encoding="utf-8")
        made = reviews(path)
        if not (hasattr(made, "__next__") or isinstance(made, DltResource)):
            hint = "Hand each review over with `yield` when its line is read: a file may be larger than the memory."
            raise NotYet("a generator", kind(made), hint)
        try:
            records = list(made)
        except KeyError as error:
            raise Stopped(error, "Not every review has every field. `record.get(name)` gives `None` where one is missing.") from error
        except (AttributeError, TypeError) as error:
            hint = "Some lines are no objects but lists, texts or numbers: ask `isinstance(record, dict)` before you look into one."
            is_of_a_line = re.search(r"\b(list|str|string|int|NoneType)\b", str(error))
            raise Stopped(error, hint if is_of_a_line else "") from error
        with small_pipeline() as pipeline:
            pipeline.run(records, table_name="reviews")
            _judge_tables(pipeline)
            found = query(pipeline, "select user_id, asin, timestamp, rating, helpful_vote from reviews")
        expected = duckdb.execute(
            """select record ->> 'user_id' as user_id, record ->> 'asin' as asin, (record ->> 'timestamp')::bigint as timestamp,
                try_cast(record ->> 'rating' as double) as rating, try_cast(record ->> 'helpful_vote' as double) as helpful_vote
            from read_json(?, columns = {record: 'JSON'}, format = 'newline_delimited', records = false)
            where json_type(record) = 'OBJECT'""",
            [str(path)],
        ).df()
    if len(found) < len(expected):
        hint = "A review whose number cannot be read is still a review: it stays, with `None` in that place."
        raise NotYet(counted(len(expected), "review"), shown(len(found)), hint)
    same_rows(found, expected)


def _review_lines(practice) -> Iterator[str]:
    with (practice.files / "Practice_Marketplace.jsonl").open(encoding="utf-8") as lines:
        yield from (line.rstrip("\n") for line in islice(lines, 0, 9000, 60))
    known = {"title": "Fine", "text": "As told.", "images": [{"large": "a.jpg"}], "parent_asin": "P9", "verified_purchase": True}
    for number, (rating, votes) in enumerate([(5.0, 3), ("five", "12"), ("4.5", "many"), (None, None), (2, "0")]):
        yield json.dumps(
            {"rating": rating, "user_id": f"U{number}", "asin": "P9", "timestamp": 1735689600000 + number, "helpful_vote": votes} | known
        )
    yield from ('["a", "list"]', '"a text"', "17", "null")
    yield json.dumps({"rating": 1.0, "user_id": "U9", "asin": "P9", "timestamp": 1735689700000} | known)


def _judge_tables(pipeline: dlt.Pipeline) -> None:
    tables = {name: list(table["columns"]) for name, table in pipeline.default_schema.tables.items() if not name.startswith("_dlt")}
    children = sorted(set(tables) - {"reviews"})
    if children:
        hint = "A list inside a record becomes a table of its own. Yield only the five fields."
        raise NotYet("one table", f"{' and '.join(['reviews', *children])}", hint)
    columns = [name for name in tables.get("reviews", []) if not name.startswith("_dlt")]
    variants = [name for name in columns if "__v_" in name]
    if variants:
        hint = "A variant column appears where a value is not of the column's type: pass both numbers through `as_number`."
        raise NotYet("no variant column", ", ".join(variants), hint)
    wanted = ["user_id", "asin", "timestamp", "rating", "helpful_vote"]
    if set(columns) != set(wanted):
        raise NotYet(f"the columns {', '.join(wanted)}", f"the columns {', '.join(columns)}", "Yield these five fields, and no other.")


BOOKS = """
create schema amazon_raw;
create table amazon_raw.load_reconciliation as from (values
    ('1.0', 'products', 'meta_A.jsonl', 53, 50, 0, 0, 2, 1, '1.0'),
    ('1.0', 'reviews', 'A.jsonl', 108, 100, 0, 0, 5, 3, '1.0'),
    ('1.0', 'reviews', 'B.jsonl', 45, 40, 0, 0, 4, 1, '1.0')
) as books(load_id, table_name, source, rows_in, inserted, updated, unchanged, duplicates, rejected, _dlt_load_id);
create table amazon_raw.rejected_records as from (values
    ('products', 'meta_A.jsonl', 7, 'not JSON', 'x', '1.0'), ('reviews', 'A.jsonl', 9, 'not JSON', 'y', '1.0'),
    ('reviews', 'A.jsonl', 10, 'asin is missing', '{}', '1.0'), ('reviews', 'A.jsonl', 40, 'not JSON', 'y', '1.0'),
    ('reviews', 'B.jsonl', 2, 'asin is missing', '{}', '1.0')
) as rejects(table_name, source, position, reason, raw_text, _dlt_load_id);
create table amazon_raw.products as select range::varchar as parent_asin, '1.0' as _dlt_load_id from range(50);
create table amazon_raw.reviews as select range::varchar as review_id, '1.0' as _dlt_load_id from range(140);
"""


def where_records_went(practice, fates):
    """Runs the query on the load's books and on other books, and compares each fate's count with what the books say."""
    need_text(fates)
    _compare_fates(practice.rows(fates), practice.query)
    with duckdb.connect() as books:
        books.execute(BOOKS)
        try:
            found = books.execute(fates).df()
        except duckdb.Error as error:
            raise Stopped(error) from error
        hint = "In other books, where the reviews come from two files, the counts differ: add up what belongs together."
        _compare_fates(found, lambda sql: books.execute(sql).df(), hint)


def _compare_fates(found: pd.DataFrame, ask, hint: str = "") -> None:
    duplicates = ask("select sum(duplicates)::bigint as n from amazon_raw.load_reconciliation where table_name = 'reviews'").n[0]
    every = ask("select table_name, reason from amazon_raw.rejected_records")
    rejects = every.reason[every.table_name == "reviews"].value_counts()
    expected = pd.DataFrame({"fate": ["duplicate", *rejects.index], "record_count": [duplicates, *rejects]})
    need_columns(found, "fate", "record_count")
    found = found.rename(columns=str.lower)
    total, wanted = found.record_count.sum(), expected.record_count.sum()
    if "duplicate" not in set(found.fate):
        hint = "`rejected_records` is half of the answer: a duplicate is not rejected."
        for fate in (str(each) for each in found.fate if str(each).lower().startswith("dup")):
            hint = f"Call the fate of a duplicate `duplicate`, not `{fate}`."
        raise NotYet("a row with the fate duplicate", "none", hint)
    strange = sorted(map(str, set(found.fate) - set(every.reason) - {"duplicate"}))
    if strange:
        hint = f"`{strange[0]}` is no fate of a record that is missing: only duplicates and the reasons of rejects are."
        raise NotYet(f"the fates {', '.join(expected.fate)}", ", ".join(map(str, found.fate)), hint)
    if total > wanted:
        hint = "Both ledgers speak of all tables: products have duplicates and rejects of their own."
        raise NotYet(f"{counted(wanted, 'record')} in all", shown(total), hint)
    same_rows(found, expected, hint=hint)


def paged_prices(practice, prices):
    """Serves two marketplaces, counts the pages, loads what is yielded, and compares the table with the marketplace's file."""
    for shop in (Marketplace(items=1000, reviews=3000), Marketplace(items=800, reviews=3000, seed=7)):
        with tempfile.TemporaryDirectory(prefix="check-") as folder:
            file = shop.write(Path(folder))[1]
            expected = duckdb.read_json(str(file)).df()
        page_count = -(-len(expected) // 1000)
        pieces = _pieces(prices, shop, page_count)
        if not pieces:
            raise NotYet("Arrow tables", "none", "The generator came to its end without a page: `yield` each one.")
        others = [piece for piece in pieces if not isinstance(piece, (pa.Table, pa.RecordBatch))]
        if others:
            hint = "`pa.Table.from_pylist(page['records'])` makes an Arrow table of a page's records."
            if isinstance(others[0], (dict, list)):
                hint = "Yield `pa.Table.from_pylist(page['records'])`: dictionaries would go through Python value by value."
            raise NotYet("Arrow tables", kind(others[0]), hint)
        if len(pieces) == 1:
            hint = "This is the first page only. Ask again, with its `next_cursor`, until a page has none."
            if pieces[0].num_rows > 1000:
                hint = "All prices came in one piece, which a large shop could not hold in memory: yield each page when it is there."
            raise NotYet(f"{page_count} pages", f"1 piece with {counted(pieces[0].num_rows, 'price')}", hint)
        if len(pieces) != page_count:
            hint = "A page too few: the last one has no next cursor, and yet it has records."
            hint = hint if len(pieces) < page_count else "More pieces than pages: yield one table for each request."
            raise NotYet(f"{page_count} pages", f"{len(pieces)}", hint)
        with small_pipeline() as pipeline:
            pipeline.run(pieces, table_name="prices")
            same_rows(query(pipeline, "select parent_asin, timestamp, price from prices"), expected)


def _pieces(prices, shop: Marketplace, page_count: int) -> list:
    """What the generator yields; a thread of its own runs it, so that a loop without an end can be told."""
    endless = NotYet(
        f"{page_count} pages, then an end",
        "no end",
        "The same page again and again: the request must carry `next_cursor`, as the parameter `cursor`.",
    )
    with shop.serve() as api:
        runner = ThreadPoolExecutor(max_workers=1)
        try:
            made = prices(api)
            if not (hasattr(made, "__next__") or isinstance(made, DltResource)):
                raise NotYet("a generator", kind(made), "Hand each page over with `yield`, and go on to the next one.")
            pieces = runner.submit(lambda: list(islice(made, page_count + 2))).result(timeout=PATIENCE)
        except NotInTime:
            raise endless from None
        except NotYet:
            raise
        except Exception as error:
            is_refused = getattr(getattr(error, "response", None), "status_code", None) == 401
            if is_refused or (isinstance(error, KeyError) and error.args[0] in ("records", "next_cursor")):
                hint = "The API has turned a request away: each one needs the header `Authorization`, with the token of this `api`."
                raise NotYet("answers from the API", "401, missing or wrong token", hint) from error
            raise
        finally:
            runner.shutdown(wait=False)
    if len(pieces) > page_count + 1 and len({str(piece)[:2000] for piece in pieces}) == 1:
        raise endless
    return pieces


CHECKS = {
    1: Check(
        offers,
        hints=(
            "Run the cell under the answer: which rows of the table are not on Tuesday's list?",
            "What a run does to rows that are already there is the *write disposition*: append, replace or merge.",
            'The list is whole every time, so nothing of yesterday has to stay: `write_disposition="replace"`.',
        ),
        takeaway="The write disposition says what happens to the rows of yesterday; if the source always sends all, replace will do.",
    ),
    2: Check(
        tidy_reviews,
        hints=(
            "Open the file, and for each line: `record = json.loads(line)`, make a small dictionary of it, `yield` that.",
            "`record.get(name)` gives a field or `None`. Only `rating` and `helpful_vote` need `as_number`.",
            'Leave a record out unless `isinstance(record, dict)`; then `yield {"user_id": record.get("user_id"), …, '
            '"helpful_vote": as_number(record.get("helpful_vote"))}`.',
        ),
        takeaway="dlt makes a table for whatever it gets; what it gets is your generator's business.",
    ),
    3: Check(
        where_records_went,
        hints=(
            "`rows_in` is what came. Of the five other counts, which two say that a record is not in the table as a row of its own?",
            "Duplicates are a number in `load_reconciliation`; rejects are rows in `rejected_records`, to be counted by `reason`.",
            "Two queries with `union all` between them, each with `where table_name = 'reviews'`: `'duplicate'` with `sum(duplicates)`, "
            "and `reason` with `count(*)`.",
        ),
        takeaway="What came in is in the table, or a duplicate, or rejected with a reason; nothing else can have happened to it.",
    ),
    4: Check(
        paged_prices,
        hints=(
            "Begin with the request in the cell above, for one page, with `api.url` and `api.token`; then put a loop around it.",
            "After each page: if `page['next_cursor']` is `None`, that was the last one. If not, `params` for the next request hold it.",
            'In the loop: ask, `yield pa.Table.from_pylist(page["records"])`, stop or set `params = {"cursor": page["next_cursor"]}`.',
        ),
        takeaway="A page is a good piece to hand on: small enough for the memory, large enough to be read in bulk.",
    ),
}
