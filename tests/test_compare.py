"""Two targets' marts, compared as bags of rows."""

import duckdb
import pytest
from typer.testing import CliRunner

from course.cli import app
from course.compare import compare
from dlt_pipelines.amazon_products_pipeline import find_target
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.load.contract import identifier

PRODUCTS = """select * from (values
    ('P1', 'Drill', 2::bigint, 3.5::double, 10.00::decimal(18, 2), timestamp '2025-01-01 00:00:00'),
    ('P2', null, 0, null, null, null),
    ('P2', null, 0, null, null, null)
) as rows(parent_asin, title, review_count, mean_rating, price, seen_at)"""


def made(target: str, **tables: str) -> None:
    """A warehouse with these tables, given as SELECTs, in its marts."""
    warehouse = find_target(target).warehouse
    warehouse.parent.mkdir(parents=True)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create schema marts")
        for name, select in tables.items():
            connection.execute(f"create table marts.{identifier(name)} as {select}")


@pytest.mark.parametrize(
    "other",
    [
        f"{PRODUCTS} order by parent_asin desc",
        f"select price, seen_at, title, parent_asin, mean_rating, review_count from ({PRODUCTS})",
        f"select * replace (review_count::integer as review_count) from ({PRODUCTS})",
        f"select * replace (price::double + 1e-12 as price) from ({PRODUCTS})",
        f"select * replace (mean_rating::decimal(9, 4) as mean_rating) from ({PRODUCTS})",
        f"select * replace (seen_at at time zone 'UTC' as seen_at) from ({PRODUCTS})",
    ],
    ids=["rows in another order", "columns too", "an integer", "digits", "a decimal", "time zone"],
)
def test_the_same_values_are_equal_in_whatever_order_and_type(other):
    made("a", products=PRODUCTS)
    made("b", products=other)
    [found] = compare("a", "b")
    assert found.is_equal and found.rows == (3, 3)


@pytest.mark.parametrize(
    ("other", "columns"),
    [
        (f"select * replace ('drill' as title) from ({PRODUCTS})", ("title",)),
        (
            f"select * replace (review_count + 1 as review_count) from ({PRODUCTS})",
            ("review_count",),
        ),
        (f"select * replace (price * 1.00001 as price) from ({PRODUCTS})", ("price",)),
        (f"select * replace (coalesce(title, '') as title) from ({PRODUCTS})", ("title",)),
        (
            f"select * replace (seen_at + interval 1 hour as seen_at) from ({PRODUCTS})",
            ("seen_at",),
        ),
        (f"select * exclude (title) from ({PRODUCTS})", ("title",)),
        (f"select *, 1 as extra from ({PRODUCTS})", ("extra",)),
    ],
)
def test_what_differs_is_named_by_its_columns(other, columns):
    made("a", products=PRODUCTS)
    made("b", products=other)
    [found] = compare("a", "b")
    assert not found.is_equal and found.columns == columns


def test_a_row_that_is_there_twice_counts_twice():
    made("a", products=PRODUCTS)
    made("b", products=f"select distinct * from ({PRODUCTS})")
    [found] = compare("a", "b")
    assert found.rows == (3, 2) and list(found.examples.only_in) == ["a"]
    assert found.examples.parent_asin.item() == "P2"


def test_values_that_have_changed_places_differ_though_each_column_is_the_same():
    made("a", products="select * from (values (1, 'x'), (2, 'y')) as rows(id, word)")
    made("b", products="select * from (values (1, 'y'), (2, 'x')) as rows(id, word)")
    [found] = compare("a", "b")
    assert not found.is_equal and found.columns == () and len(found.examples) == 4


def test_a_table_that_only_one_side_has_differs():
    made("a", products=PRODUCTS)
    made("b", products=PRODUCTS, **{'odd "name': "select 1 as id"})
    odd, products = compare("a", "b")
    assert products.is_equal and not odd.is_equal and odd.rows == (0, 1)


def test_the_command_says_what_differs_and_exits_accordingly():
    made("a", products=PRODUCTS)
    made("b", products=PRODUCTS)
    made("c", products=f"select * replace ('drill' as title) from ({PRODUCTS})")
    same, other = (CliRunner().invoke(app, ["compare", "a", name]) for name in "bc")
    assert same.exit_code == 0 and "All 1 tables are equal." in same.output
    assert other.exit_code == 1 and "marts.products: differs in title (3 rows)" in other.output
    assert "Drill" in other.output and "1 of 1 tables differ." in other.output


@pytest.mark.parametrize("pair", [("a", "missing"), ("missing", "a"), ("a", "empty")])
def test_a_target_without_marts_is_an_error_that_names_it(pair):
    made("a", products=PRODUCTS)
    made("empty")
    with pytest.raises(PipelineError, match="holds no marts") as raised:
        compare(*pair)
    assert f"course run --target {(set(pair) - {'a'}).pop()}" in raised.value.fix
