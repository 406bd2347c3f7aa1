"""The two readers of a file, in bulk and line by line, give equal verdicts and equal values,
whatever the lines are.

Hypothesis looks for lines on which they differ, and makes what it finds as small as it can.
"""

import json
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import review

from dlt_pipelines.load import bulk
from dlt_pipelines.load.contract import REVIEWS, Window, name_list
from dlt_pipelines.load.input_files import find_files
from dlt_pipelines.load.landing import compare, land, opened_landing, save_changes
from dlt_pipelines.load.lines import read_lines

pytestmark = pytest.mark.slow
FIELDS = [*REVIEWS.fields, "vine", "Vine", "note", "review_id", "Rating"]
# JSON texts of values: what a field may hold, and what it should not
TEXTS = st.text(st.characters(codec="utf-8"), max_size=8).map(json.dumps)
NUMBERS = st.one_of(
    st.integers(-(10**20), 10**20).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(["1e400", "-0", "1E2", "5.0", "5", "0.5", "1700000000000.0", "17e11"]),
)
SIMPLE = st.one_of(
    st.sampled_from(["null", "true", "false", "NaN", '"true"', '"5"', '" 5 "', '""']),
    TEXTS,
    NUMBERS,
)
NESTED = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.lists(inner, max_size=2).map(lambda values: f"[{', '.join(values)}]"),
        st.dictionaries(TEXTS, inner, max_size=2).map(
            lambda pairs: "{" + ",".join(f"{name}:{value}" for name, value in pairs.items()) + "}"
        ),
    ),
    max_leaves=3,
)
SPOILT = st.sampled_from(
    [
        "",
        " ",
        "\r",
        "\f",
        "\x00",
        "[1]",
        "null",
        '"text"',
        "{",
        "}{",
        "[" * 2000,
        "\ufeff",
        "nonsense",
    ]
)


TAILS = st.sampled_from(["", " ", "\r", "\t", "\f", "\v", "\x00", "\xa0", "\u2028", "x", "}"])


@st.composite
def json_lines(draw):
    """A line of a file: a review of which up to three fields hold anything, or something else."""
    fields = {name: json.dumps(value) for name, value in review(draw(st.integers(0, 20))).items()}
    for name, value in draw(st.dictionaries(st.sampled_from(FIELDS), NESTED, max_size=3)).items():
        fields[name] = value
    for name in draw(st.lists(st.sampled_from(FIELDS), max_size=1)):
        fields.pop(name, None)
    line = "{" + ", ".join(f"{json.dumps(name)}: {value}" for name, value in fields.items()) + "}"
    return draw(
        st.one_of(
            st.just(line),
            st.just(line),
            TAILS.map(line.__add__),
            TAILS.map(lambda head: head + line),
            SPOILT,
        )
    )


@st.composite
def parquet_rows(draw):
    """A row of a Parquet file whose columns have the types that the contract expects, or nearly."""
    row = review(draw(st.integers(0, 20)))
    row["rating"] = draw(
        st.one_of(st.none(), st.floats(allow_nan=True), st.sampled_from([1.0, 5.0, 5.5]))
    )
    row["timestamp"] = draw(
        st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.just(row["timestamp"]))
    )
    row["helpful_vote"] = draw(st.one_of(st.none(), st.integers(-5, 5)))
    for name in ("user_id", "asin", "title", "text"):
        row[name] = draw(
            st.one_of(
                st.just(row[name]), st.none(), st.text(st.characters(codec="utf-8"), max_size=6)
            )
        )
    return row | {"note": draw(st.one_of(st.none(), st.text(max_size=3)))}


def read(folder: Path, in_bulk: bool) -> tuple[list, list]:
    """What a load would bring of a folder's reviews, and how each record was judged; sorted."""
    files = find_files(folder)
    with opened_landing(folder.with_name(f"{folder.name}-landing"), None) as landing:
        taken = bulk.take(landing, REVIEWS, files if in_bulk else [], Window())
        if not in_bulk:
            land(landing, REVIEWS, read_lines(files), Window())
        compare(landing, REVIEWS)
        _, changes = save_changes(landing, REVIEWS)
        rows = landing.ask(
            f"select {name_list(REVIEWS)} from ({bulk.everything_sql(taken, changes)}) as rows"
        ).fetchall()
        rejected = landing.ask(
            "select position, reason, raw_text from reviews where reason is not null"
        ).fetchall()
        duplicates = landing.ask(
            "select count(*) from reviews_verdicts where verdict = 'duplicate'"
        ).fetchall()
    return sorted(map(repr, rows)), [*sorted(map(repr, rejected)), duplicates]


def assert_same(write) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "in"
        folder.mkdir()
        write(folder)
        assert read(folder, in_bulk=True) == read(folder, in_bulk=False)


SEARCH = settings(
    max_examples=70,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@SEARCH
@given(st.lists(json_lines(), min_size=20, max_size=40))
def test_json_lines_are_read_alike(lines):
    assert_same(
        lambda folder: (folder / "R.jsonl").write_bytes(
            "\n".join(lines).encode("utf-8", "surrogatepass")
        )
    )


@SEARCH
@given(st.lists(parquet_rows(), min_size=20, max_size=40))
def test_parquet_is_read_alike(rows):
    schema = pa.Table.from_pylist([review(0) | {"note": "x"}]).schema
    table = pa.Table.from_pylist(rows, schema=schema)
    assert_same(lambda folder: pq.write_table(table, folder / "R.parquet"))
