"""Every model has a unit test beside it, and every column of a model is described and tested or at
least named there."""

import re

import pytest
import yaml

from course.environment import DBT_PROJECT

DESCRIBED = {
    model["name"]: (model, document.get("unit_tests", []))
    for path in (DBT_PROJECT / "models").rglob("*.yml")
    for document in [yaml.safe_load(path.read_text(encoding="utf-8"))]
    for model in document.get("models", [])
}
SQL = {
    path.stem: path.read_text(encoding="utf-8") for path in (DBT_PROJECT / "models").rglob("*.sql")
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
