"""Every model has a unit test beside it, and every column of a model is described and tested or at
least named there."""

import re

import pytest
import yaml

from course.dbt import artefacts, dbt
from course.environment import DBT_PROJECT
from dlt_pipelines import amazon_products_pipeline as pipeline

DESCRIBED = {
    model["name"]: (model, document.get("unit_tests", []))
    for path in (DBT_PROJECT / "models").rglob("*.yml")
    for document in [yaml.safe_load(path.read_text(encoding="utf-8"))]
    for model in document.get("models", [])
}
SQL = {
    path.stem: path.read_text(encoding="utf-8") for path in (DBT_PROJECT / "models").rglob("*.sql")
}
ONE_ENGINE_ONLY = {
    "qualify": r"\bqualify\b",
    "filter (where …)": r"\bfilter\s*\(\s*where\b",
    "group by all": r"\b(group|order)\s+by\s+all\b",
    "::": r"::",
    "window": r"\bwindow\s+\w+\s+as\s*\(",
    "interval in a frame": r"\brange\s+between\s+interval\b",
    "a tuple in a list": r"\)\s+(not\s+)?in\s*\(\s*select\s+\w+,",
}
RENAMES_ONLY = {"stg_prices", "stg_products"}  # nothing in them is worked out


def final_columns(sql: str) -> set[str]:
    """The names that the CTE `final` gives its columns."""
    final = re.search(r"\nfinal as \(\s+select(.*?)\n    from ", sql, re.DOTALL)[1]
    depth, parts = 0, [""]
    for sign in re.sub(r"--.*", "", final):
        depth += (sign in "({") - (sign in ")}")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return {re.search(r"(\w+)\s*$", part)[1] for part in parts}


def test_every_model_is_described():
    assert set(DESCRIBED) == set(SQL)


@pytest.mark.parametrize("name", sorted(set(SQL) - RENAMES_ONLY))
def test_a_model_that_works_something_out_has_a_unit_test_that_says_what(name):
    _, unit_tests = DESCRIBED[name]
    assert [test["model"] for test in unit_tests].count(name) >= 1
    assert all(test["description"].strip() for test in unit_tests)


@pytest.mark.parametrize(
    "name", [n for n, sql in SQL.items() if re.search(r"\nfinal as \(\s+select\s+\w", sql)]
)
def test_every_column_is_described(name):
    model, _ = DESCRIBED[name]
    described = {
        column["name"] for column in model["columns"] if column.get("description", "").strip()
    }
    assert final_columns(SQL[name]) <= described


@pytest.mark.parametrize("name", sorted(SQL))
def test_every_column_says_its_type(name):
    model, _ = DESCRIBED[name]
    assert [column["name"] for column in model["columns"] if not column.get("data_type")] == []


def test_every_mart_holds_to_its_names_and_types():
    marts = {path.stem for path in (DBT_PROJECT / "models/marts").glob("*.sql")}
    held = {
        name
        for name, (model, _) in DESCRIBED.items()
        if model.get("config", {}).get("contract", {}).get("enforced")
    }
    assert held == marts


def spoken(sql: str) -> list[str]:
    """What of a statement only some engines understand."""
    bare = re.sub(r"--[^\n]*|/\*.*?\*/|'[^']*'", "", sql, flags=re.DOTALL)
    return [name for name, form in ONE_ENGINE_ONLY.items() if re.search(form, bare, re.IGNORECASE)]


@pytest.mark.parametrize(
    "sql",
    [
        "select 1 from a QUALIFY row_number() over () = 1",
        "select count(*) filter (where b) from a",
        "select a, count(*) from b group by all",
        "select a from b order by\n    all",
        "select a::double from b",
        "select sum(a) over w from b window w as (order by c)",
        "select sum(a) over (order by b range between interval 2 day preceding and current row)",
        "select a from b where (c, d) in (select e, f from g)",
    ],
)
def test_a_form_of_one_engine_is_noticed(sql):
    assert spoken(sql)
    assert not spoken(f"select '{sql.replace(chr(39), '')}' from a -- {sql.splitlines()[0]}")


def test_the_models_are_written_as_any_warehouse_understands_it():
    """As dbt compiles them: for a first build, and for a table that is there already."""
    pipeline.run(target="t")
    for arguments in (["build"], ["run"]):
        dbt(*arguments, target="t")
        compiled = list((artefacts("t") / "compiled").rglob("*.sql"))
        assert {path.stem for path in compiled} >= set(SQL)
        found = {path.name: spoken(path.read_text(encoding="utf-8")) for path in compiled}
        assert {name: forms for name, forms in found.items() if forms} == {}
