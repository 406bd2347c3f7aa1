"""Names that come from outside are names and nothing else: never SQL, never a path."""

import gzip
import json
import os

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support import ask, lines, review

from course.dbt import dbt
from dlt_pipelines import amazon_products_pipeline as pipeline
from dlt_pipelines.load import bulk
from dlt_pipelines.load.contract import identifier, text

SECRET = "the word of the day is xyzzy"
NAMES = [
    'height "in"',
    "it's",
    "x\"}) from read_parquet('a') as p union all select content from read_text('{secret}') --",
    "x', (select content from read_text('{secret}')) as y, '",
    "x\": (select content from read_text('{secret}')), \"y",
    "x); drop table reviews; --",
    "a\\b\\'c",
    "$.x",
    "$",
    "%s {{ x }} {% x %} {0} ?",
    "row",
    "p",
    "j",
    "file_row_number",
    "filename",
    "special",
    "_dlt_load_id",
    "é\n/* 🎮 */",
    "a\0b",
]


@pytest.fixture(autouse=True)
def however_few(monkeypatch):
    """Files that are small beside what the warehouse has take the fast way, too."""
    monkeypatch.setattr(bulk, "FEW_BYTES", -1)


@pytest.fixture
def secret(own_state):
    path = own_state / "secret.txt"
    path.write_text(SECRET)
    return path.as_posix()


def assert_nothing_was_read(target="t"):
    for table in ("reviews", "products", "rejected_records"):
        assert ask(
            target,
            f"select count(*) from amazon_raw.{table} as t where contains(t::varchar, 'xyzzy')",
        ) == [(0,)]


def write_parquet(path, names, first=0):
    """Thirty reviews with more columns, each a struct with a member that is called like a field."""
    rows = pa.Table.from_pylist([review(n) for n in range(first, first + 30)])
    for name in names:
        rows = rows.append_column(name, pa.array([{"rating": n, name: n} for n in range(30)]))
    path.parent.mkdir(exist_ok=True)
    pq.write_table(rows, path)


@pytest.mark.parametrize("line_by_line", [False, True], ids=["bulk", "line by line"])
def test_d6_columns_of_whatever_name_are_kept(own_state, secret, monkeypatch, line_by_line):
    if line_by_line:
        monkeypatch.setattr(bulk, "_index", lambda *a: False)
    names = [name.replace("{secret}", secret) for name in NAMES]
    groups = [
        names,
        ["row"],
        ["file_row_number"],
        names[:1],
        [name for name in names if name not in ("a\0b", "file_row_number")],
    ]
    for number, group in enumerate(groups):
        write_parquet(own_state / "in" / f"R{number}.parquet", group, 30 * number)
    for _ in range(2):
        pipeline.run(source="files", path=own_state / "in", target="t")
    stars = "select rating, count(*), count(distinct user_id) from amazon_raw.reviews group by all"
    assert ask("t", stars) == [(5.0, 150, 150)]
    assert ask(
        "t",
        "select sum(inserted), sum(unchanged), sum(rejected) from amazon_raw.load_reconciliation",
    ) == [(150, 150, 0)]
    for number, group in enumerate(groups):
        kept = ask(
            "t",
            f"select other_fields from amazon_raw.reviews where user_id = 'U{30 * number + 1:04}'",
        )[0][0]
        assert json.loads(kept) == {name: {"rating": 1, name: 1} for name in group}
    assert_nothing_was_read()


@pytest.mark.slow
def test_d6_fields_with_such_names_are_kept_and_do_not_stop_the_models(own_state, secret):
    names = [name.replace("{secret}", secret) for name in NAMES]
    every = dict.fromkeys(names, 1)
    records = [review(n) for n in range(40)]
    records += [review(n, timestamp=1_720_000_000_000) | every for n in range(50)]
    (own_state / "in").mkdir()
    (own_state / "in" / "R.jsonl").write_bytes(lines(*records))
    product = {"parent_asin": "B000000001", "title": "x", "details": every}
    (own_state / "in" / "meta_R.jsonl").write_bytes(lines(product))
    pipeline.run(source="files", path=own_state / "in", target="t")
    kept = ask("t", "select other_fields from amazon_raw.reviews where other_fields is not null")
    assert len(kept) == 50 and all(json.loads(fields) == every for (fields,) in kept)
    assert_nothing_was_read()
    dbt("run", "--select", "+schema_changes", target="t")
    told = ask("t", "select field_name from analytics.schema_changes")
    assert sorted(told) == sorted((name,) for name in names)


@pytest.mark.skipif(os.name == "nt", reason="these signs cannot be in a name on Windows")
def test_d6_so_are_files_and_folders(own_state, secret, monkeypatch):
    monkeypatch.chdir(own_state)  # where the secret lies
    odd = [
        'it\'s "R"',
        "x']) union select content from read_text('secret.txt') --",
        "a\\b $1 {{ x }} %s ; --",
    ]
    expected = []
    for name in odd:
        for form in ("jsonl", "jsonl.gz", "parquet"):
            file = own_state / "in" / name / f"{name}.{form}"
            file.parent.mkdir(parents=True, exist_ok=True)
            content = lines(*(review(30 * len(expected) + n) for n in range(30)))
            file.write_bytes(gzip.compress(content) if form == "jsonl.gz" else content)
            if form == "parquet":
                write_parquet(file, ["vine"], 30 * len(expected))
            expected.append(f"{name}/{name}.{form}")
    for _ in range(2):
        pipeline.run(source="files", path=own_state / "in", target="t")
    counted = ask(
        "t",
        "select source, sum(inserted), sum(unchanged) from amazon_raw.load_reconciliation "
        "group by 1",
    )
    assert sorted(counted) == sorted((name, 30, 30) for name in expected)
    stars = ask("t", "select rating, count(*) from amazon_raw.reviews group by all")
    assert stars == [(5.0, 30 * len(expected))]
    assert_nothing_was_read()


def test_d6_a_quoted_name_and_a_quoted_text_are_read_back_as_they_were():
    for name in [name for name in NAMES if "\0" not in name]:
        assert duckdb.sql(f"select {text(name)} as {identifier(name)}").columns == [name]
        assert duckdb.sql(f"select {text(name)}").fetchall() == [(name,)]
