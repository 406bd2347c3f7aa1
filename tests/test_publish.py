"""Published copies: readers see whole ones only, and nobody waits."""

import subprocess
import sys

import duckdb
import pytest
from support import ask

from course.publish import publish, published, write_copy
from dlt_pipelines import amazon_products_pipeline as pipeline
from dlt_pipelines.amazon_products_pipeline import find_target
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.notes import read_note

READER = """
import sys
from pathlib import Path
from course.publish import published

reads, seen = 0, set()
while not Path(sys.argv[1]).exists():
    with published("t") as copy:
        row = copy.execute(
            "select (select max(turn) from marts.a), (select count(*) from marts.a), "
            "(select max(turn) from analytics.b), (select load_id from publication)"
        ).fetchone()
    assert row[0] == row[2] == int(row[3]) and row[1] == 1000, row
    reads, seen = reads + 1, seen | {row[0]}
print(reads, len(seen))
"""


def fill(turn: int) -> None:
    """A warehouse whose two tables and load all say the same number."""
    warehouse = find_target("t").warehouse
    warehouse.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            f"""create schema if not exists marts; create schema if not exists analytics;
            create schema if not exists amazon_raw;
            create or replace table marts.a as select {turn} as turn from range(1000);
            create or replace table analytics.b as select {turn} as turn;
            create or replace table amazon_raw._dlt_loads as
            select '{turn}' as load_id, 0 as status, now() as inserted_at"""
        )


@pytest.mark.slow
def test_three_readers_beside_fifty_publications_see_whole_copies_only(own_state):
    fill(0)
    write_copy(find_target("t"))
    done = own_state / "done"
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(done)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    for turn in range(1, 51):
        fill(turn)
        write_copy(find_target("t"))
    done.touch()
    told = [reader.communicate(timeout=60)[0].split() for reader in readers]
    assert [reader.returncode for reader in readers] == [0, 0, 0]
    assert all(int(reads) > 0 for reads, _ in told)
    assert len(list((own_state / "data/t/published").glob("*.duckdb"))) == 2


def test_a_reader_is_not_in_the_way_and_keeps_what_it_has_opened():
    fill(1)
    write_copy(find_target("t"))
    with published("t") as copy:
        for turn in (2, 3, 4):
            fill(turn)
            write_copy(find_target("t"))
        assert copy.execute("select max(turn) from marts.a").fetchone() == (1,)
    with published("t") as copy:
        assert copy.execute("select max(turn) from marts.a").fetchone() == (4,)
        with pytest.raises(duckdb.InvalidInputException):
            copy.execute("drop table marts.a")


def test_a_copy_that_was_begun_and_not_ended_is_never_named(monkeypatch, own_state):
    fill(1)
    first = write_copy(find_target("t"))
    monkeypatch.setattr("course.publish.write_note", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_copy(find_target("t"))
    assert read_note(own_state / "data/t/published/newest.json") == {"file": first.name}
    with published("t") as copy:
        assert copy.execute("select count(*) from marts.a").fetchone() == (1000,)


@pytest.mark.parametrize("ask_for", [lambda: write_copy(find_target("t")), lambda: publish("t")])
def test_where_there_is_nothing_to_publish_that_is_said(ask_for):
    with pytest.raises(PipelineError):
        ask_for()
    with pytest.raises(PipelineError, match="Nothing has been published"), published("t"):
        pass


def test_what_does_not_pass_its_tests_is_not_published(own_state):
    from course.dbt import dbt

    pipeline.run(target="t")
    dbt("run", target="t")
    publish("t")
    reviews = ask("t", "select count(*) from marts.fct_reviews")
    with published("t") as copy:
        assert copy.execute("select count(*) from marts.fct_reviews").fetchall() == reviews
        assert copy.execute("select published_at >= loaded_at from publication").fetchone() == (
            True,
        )
    ask("t", "update marts.dim_products set mean_rating = 7")
    with pytest.raises(PipelineError):
        publish("t")
    with published("t") as copy:
        assert copy.execute("select max(mean_rating) <= 5 from marts.dim_products").fetchone()[0]
