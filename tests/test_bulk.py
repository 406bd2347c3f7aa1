"""The fast way from files to the warehouse ends where judging line by line ends, on any lines."""

import gzip
import json
import random
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dlt.load.configuration import LoaderConfiguration
from support import ask, fingerprints, lines, review

from dlt_pipelines import amazon_products_pipeline as pipeline
from dlt_pipelines.load import bulk
from dlt_pipelines.load.contract import TABLES, Window
from dlt_pipelines.load.input_files import find_files
from dlt_pipelines.load.landing import Landing, opened_landing

RAW = ("products", "prices", "reviews", "rejected_records")
ACCOUNT = (
    "select table_name, source, rows_in, inserted, updated, unchanged, duplicates, rejected "
    "from amazon_raw.load_reconciliation"
)
# Ways in which a value may come, in a file of JSON lines.
VALUES = [
    'null', '""', '"x"', '"5"', '5', '5.0', '4.5', '1e0', '1e-7', '"1e0"', '"1e-1"', '"1_000"',
    '"0x10"', '5', '"-3"', '-0', '-0.0', 'true', '"true"', '"t"', '0', '1', '2', '1.5', '"1.5"',
    'NaN', 'Infinity', '1e400', '123456789012345678901234567890', '1700000000000',
    '1700000000000.0', '"1700000000000"', '17e11', '"A\\u0042"', '"A\\"B"', '"\\\\"', '"\\u0000"',
    '"{a"', '"[a"', '{}', '[]', '{"b":null}', '[1,\t2.50]', '{"B":1,"b":2}', '"é🎮"',
    '"\\ud83c\\udfae"', '"12.99"', '"from\\t12.99"', '12.999',
    '"\':\\n"', '"U1"', '"B1"', '" 5 "', '"from 12.99"', '[1, 2.50]',
]  # fmt: skip
KEYS = [
    "user_id",
    "asin",
    "parent_asin",
    "timestamp",
    "rating",
    "title",
    "text",
    "helpful_vote",
    "verified_purchase",
    "images",
]
KEYS += [
    "vine",
    "Vine",
    "note",
    "Rating",
    "review_id",
    "a b",
    "h",
    "price",
    "categories",
    "details",
    "average_rating",
    "rating_number",
]


@pytest.fixture(autouse=True)
def however_few(monkeypatch):
    """Files that are small beside what the warehouse has take the fast way, too."""
    monkeypatch.setattr(bulk, "FEW_BYTES", -1)


@pytest.fixture
def line_by_line(monkeypatch):
    """A load in which every file is judged line by line."""

    def load(**options):
        with monkeypatch.context() as patch:
            patch.setattr(bulk, "_index", lambda *a: False)
            return pipeline.run(**options)

    return load


@pytest.fixture
def watched(monkeypatch):
    """How many records were read straight, by table."""
    seen = {}
    real = Landing.direct_rows
    monkeypatch.setattr(
        Landing,
        "direct_rows",
        lambda landing, table: seen.update({table: real(landing, table)}) or seen[table],
    )
    return seen


def assert_same(one, other):
    left, right = fingerprints(one, "amazon_raw"), fingerprints(other, "amazon_raw")
    for table in RAW:
        assert left[f"amazon_raw.{table}"] == right[f"amazon_raw.{table}"], table
    assert ask(one, f"{ACCOUNT} order by all") == ask(other, f"{ACCOUNT} order by all")


def odd_lines(draw, base, count):
    """Records of which some fields are left out, set to odd values or added, some written twice,
    and lines that are no records.
    """
    made = []
    for number in range(count):
        fields = {
            name: json.dumps(value) for name, value in base(draw.randrange(count // 2)).items()
        }
        for _ in range(draw.choice([0, 0, 1, 1, 2, 3])):
            fields[draw.choice(KEYS)] = draw.choice(VALUES)
        if draw.random() < 0.1:
            fields.pop(draw.choice(list(fields)))
        names = list(fields)
        if draw.random() < 0.1:
            draw.shuffle(names)
        colon, comma = draw.choice([(": ", ", "), (":", ","), (" : ", " , ")])
        line = "{" + comma.join(json.dumps(name) + colon + fields[name] for name in names) + "}"
        if draw.random() < 0.05:
            line = draw.choice(
                [
                    "",
                    "  ",
                    "\r",
                    "not json",
                    line[:20],
                    line + " x",
                    line + line,
                    f"  {line}",
                    line + "\r",
                    "[1]",
                    "null",
                    f"[{line}]",
                ]
            )
        made.append(line.encode())
        if draw.random() < 0.01:
            made.append(b'{"title": "\xff"}' if number % 2 else b"\x00" + made[-1])
    return made


@pytest.mark.parametrize("seed", [*range(6), 123])
def test_odd_records_end_as_if_each_had_been_judged(own_state, line_by_line, watched, seed):
    draw = random.Random(seed)
    folder = own_state / "in"
    folder.mkdir()
    item = lambda n: {  # noqa: E731
        "parent_asin": f"P{n}",
        "title": "x",
        "price": 12.5,
        "author": None,
        "details": {"A": 1},
    }
    (folder / "R.jsonl").write_bytes(lines(*odd_lines(draw, review, 600)))
    (folder / "R2.jsonl.gz").write_bytes(gzip.compress(lines(*odd_lines(draw, review, 300))))
    (folder / "meta_R.jsonl").write_bytes(lines(*odd_lines(draw, item, 300)))
    days = {} if seed % 2 else {"to_date": date(2023, 11, 14)}
    pipeline.run(source="files", path=folder, target="fast", **days)
    assert watched["reviews"] > 30
    assert watched["products"] > 20
    line_by_line(source="files", path=folder, target="slow", **days)
    assert_same("fast", "slow")
    pipeline.run(source="files", path=folder, target="fast", **days)
    line_by_line(source="files", path=folder, target="slow", **days)
    assert_same("fast", "slow")


@pytest.mark.parametrize("form", ["jsonl", "jsonl.gz", "parquet"])
def test_the_marketplace_ends_as_if_each_record_had_been_judged(
    own_state, line_by_line, watched, form
):
    pipeline.practice_marketplace().write(own_state / "in", format=form)
    pipeline.run(source="files", path=own_state / "in", target="fast")
    assert watched["reviews"] > 3000
    assert watched["products"] > 250
    line_by_line(source="files", path=own_state / "in", target="slow")
    assert_same("fast", "slow")


def test_parquet_with_other_columns_and_types_ends_as_if_each_record_had_been_judged(
    own_state, line_by_line, watched
):
    folder = own_state / "in"
    folder.mkdir()
    rows = [
        review(
            n % 40,
            vine=None if n % 3 else True,
            note={"a": n, "b": None},
            text='a\x00"\\b',
            images=[{"u": "x"}],
        )
        for n in range(50)
    ]
    table = pa.Table.from_pylist(rows)
    pq.write_table(table, folder / "a.parquet")
    pq.write_table(table.drop(["vine", "helpful_vote"]), folder / "b.parquet")
    single = pa.array([4.3] * 50, pa.float32())
    pq.write_table(
        table.set_column(table.schema.get_field_index("rating"), "rating", single),
        folder / "c.parquet",
    )
    pipeline.run(source="files", path=folder, target="fast")
    line_by_line(source="files", path=folder, target="slow")
    assert_same("fast", "slow")
    (folder / "c.parquet").unlink()
    pq.write_table(pa.Table.from_pylist(rows[:40]), folder / "a.parquet")
    (folder / "b.parquet").unlink()
    watched.clear()
    pipeline.run(source="files", path=folder, target="one")
    assert watched["reviews"] == 40
    line_by_line(source="files", path=folder, target="one-slow")
    assert_same("one", "one-slow")


def test_later_files_are_compared_with_the_warehouse(own_state, line_by_line, watched):
    folder = own_state / "in"
    folder.mkdir()
    for target, load in (("fast", pipeline.run), ("slow", line_by_line)):
        (folder / "R.jsonl").write_bytes(lines(*map(review, range(100))))
        load(source="files", path=folder, target=target)
        (folder / "R.jsonl").write_bytes(
            lines(*(review(n, rating=float(n % 2 + 4)) for n in range(50, 200)))
        )
        watched.clear()
        load(source="files", path=folder, target=target)
        if target == "fast":
            assert watched["reviews"] == 100
    assert_same("fast", "slow")
    last = ask(
        "fast",
        "select inserted, updated, unchanged from amazon_raw.load_reconciliation "
        "order by load_id desc limit 1",
    )
    assert last == [(100, 25, 25)]


def test_few_records_beside_a_filled_warehouse_are_judged_at_once_with_the_same_result(
    own_state, monkeypatch
):
    folder = own_state / "in"
    folder.mkdir()
    for target, few in (("at-once", 1 << 20), ("indexed", -1)):
        monkeypatch.setattr(bulk, "FEW_BYTES", few)
        (folder / "R.jsonl").write_bytes(lines(*map(review, range(100))))
        pipeline.run(source="files", path=folder, target=target)
        (folder / "R.jsonl").write_bytes(
            lines(*(review(n, rating=float(n % 2 + 4)) for n in range(50, 200)), "no record")
        )
        (folder / "S.jsonl.gz").write_bytes(gzip.compress(lines(review(70, title="newest"))))
        with monkeypatch.context() as patch:
            if few > 0:
                patch.setattr(bulk, "_index_files", None)  # would fail if it were called
            pipeline.run(source="files", path=folder, target=target)
        (folder / "S.jsonl.gz").unlink()
    assert_same("at-once", "indexed")


def test_a_key_twice_in_one_record_costs_no_more_than_time(own_state, line_by_line):
    folder = own_state / "in"
    folder.mkdir()
    twice = json.dumps(review(1))[:-1] + ', "user_id": "other"}'
    (folder / "R.jsonl").write_bytes(lines(review(0), twice, review(2)))
    pipeline.run(source="files", path=folder, target="fast")
    line_by_line(source="files", path=folder, target="slow")
    assert_same("fast", "slow")


def test_rows_that_duckdb_reads_straight_say_which_load_brought_them(own_state, watched):
    # dlt takes the statement as an imported file of the format `model`: should it stop doing so,
    # this is where it shows
    pipeline.practice_marketplace().write(own_state / "in")
    info = pipeline.run(source="files", path=own_state / "in", target="t")
    jobs = [job.job_file_info for job in info.load_packages[0].jobs["completed_jobs"]]
    raw = sorted((job.table_name, job.file_format) for job in jobs if job.table_name in TABLES)
    # one statement a table, with what was judged in it: DuckDB writes a table twice that is filled
    # by few rows, then by many
    assert raw == [("prices", "model"), ("products", "model"), ("reviews", "model")]
    assert 0 < watched["reviews"] < ask("t", "select count(*) from amazon_raw.reviews")[0][0]
    assert ask("t", "select distinct _dlt_load_id from amazon_raw.reviews") == [
        (info.loads_ids[0],)
    ]
    assert ask("t", "select status from amazon_raw._dlt_loads") == [(0,)]


def test_dlt_loads_one_table_after_the_other_with_the_settings_of_the_pipeline(
    own_state, monkeypatch
):
    # Measured: two tables at once take a third more memory; rows kept in order make DuckDB write
    # many files' rows twice.
    pools, resolved = [], LoaderConfiguration.on_resolved
    monkeypatch.setattr(
        LoaderConfiguration,
        "on_resolved",
        lambda self: (resolved(self), pools.append(self.pool_type)),
    )
    (own_state / "R.jsonl").write_bytes(lines(review(0)))
    pipeline.run(source="files", path=own_state / "R.jsonl", target="t")
    assert set(pools) == {"none"}
    with pipeline.make_pipeline(pipeline.find_target("t")).sql_client() as client:
        asked = (
            "select current_setting('preserve_insertion_order'), "
            "lower(current_setting('disabled_compression_methods'))"
        )
        assert client.execute_sql(asked) == [(False, "dictionary")]


class Overheard:
    """A connection that remembers its statements."""

    def __init__(self, connection):
        self.connection, self.statements = connection, []

    def execute(self, sql, *values):
        self.statements.append(sql)
        return self.connection.execute(sql, *values)

    def __getattr__(self, name):
        return getattr(self.connection, name)


def test_the_index_keeps_the_order_of_the_file_and_what_is_left_out_is_the_small_side_of_the_join(
    own_state,
):
    # The index lives by the order of the records, which a join would not keep. In the statement
    # that fills the warehouse, DuckDB holds one side of the join in memory: it has to be the keys
    # that are left out, not the file.
    files = find_files(pipeline.practice_marketplace().write(own_state / "in")[0].parent)
    with opened_landing(own_state / "landing", None) as landing:
        heard = Landing(Overheard(landing.connection), landing.folder, None)
        for table in TABLES.values():
            taken = bulk.take(
                heard, table, [file for file in files if file.table == table.name], Window()
            )
            (indexing,) = [
                sql for sql in heard.connection.statements if f"insert into {taken.index}" in sql
            ]
            plan = heard.ask(f"explain {indexing}").fetchall()[0][1]
            assert "READ_JSON" in plan and "HASH_JOIN" not in plan and "DELIM" not in plan, (
                table.name,
                plan,
            )
            heard.ask("set disabled_optimizers = 'join_order,build_side_probe_side'")
            (statement,) = bulk.direct_sql(taken)
            tree = json.loads(heard.ask(f"explain (format json) {statement}").fetchall()[0][1])
            (join,) = find_nodes(tree, "HASH_JOIN")
            assert join["extra_info"]["Join Type"] == "ANTI"
            assert find_nodes([join["children"][0]], "READ_JSON") and find_nodes(
                [join["children"][1]], "READ_PARQUET"
            )


def find_nodes(nodes, name):
    """The nodes of a plan whose name begins so."""
    own = [node for node in nodes if node["name"].strip().startswith(name)]
    return own + [found for node in nodes for found in find_nodes(node.get("children", []), name)]


def test_files_are_sorted_by_name_and_those_of_reviews_come_last(tmp_path):
    for name in (
        "Books.jsonl",
        "meta_Books.jsonl",
        "prices_Books.jsonl",
        "Art.jsonl.gz",
        "meta_Art.jsonl",
    ):
        (tmp_path / name).write_bytes(b"\n")
    names = [file.name for file in find_files(tmp_path)]
    assert names == [
        "meta_Art.jsonl",
        "meta_Books.jsonl",
        "prices_Books.jsonl",
        "Art.jsonl.gz",
        "Books.jsonl",
    ]
