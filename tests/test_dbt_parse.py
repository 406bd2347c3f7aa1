"""The parse of the dbt project: made once, taken by other targets, and never out of date."""

import json
import shutil

import pytest

from course import dbt_parse
from course.dbt import artefacts, copy_project, dbt
from dlt_pipelines.amazon_products_pipeline import find_target

NAMES = ("ls", "--resource-type", "model", "--output", "name")


@pytest.fixture
def parsed(own_state):
    """A target whose project dbt has parsed without any help."""
    shutil.rmtree(dbt_parse.shared().parent, ignore_errors=True)
    dbt(*NAMES, target="one")
    return "one"


def log(target):
    return (find_target(target).folder / "dbt/logs/dbt.log").read_text(encoding="utf-8")


def nodes(target):
    manifest = json.loads((artefacts(target) / "manifest.json").read_text(encoding="utf-8"))
    kept = {name: manifest[name] for name in ("nodes", "sources", "macros", "unit_tests")}
    for each in (node for kind in kept.values() for node in kind.values()):
        each.pop("created_at", None)
    return kept


def test_another_target_takes_the_parse_and_has_the_same_project(parsed):
    assert "Starting full parse" in log("one")
    dbt(*NAMES, target="two")
    assert "nothing changed" in log("two").lower() and "Unable to do partial" not in log("two")
    assert nodes("two") == nodes("one")


def test_a_project_of_a_targets_own_takes_it_with_what_differs_and_lends_it_to_nobody(parsed):
    before = dbt_parse.shared().read_bytes()
    models = find_target("mine").folder / "project/models/analytics"
    copy_project(models.parent.parent)
    (models / "added.sql").write_text("select 1 as one\n", encoding="utf-8")
    (models / "unmatched_records.sql").unlink()
    (models / "unmatched_records.yml").unlink()
    names = set(dbt(*NAMES, target="mine").name)
    assert names - set(dbt(*NAMES, target="one").name) == {"added"}
    assert "unmatched_records" not in names
    assert "Unable to do partial" not in log("mine")
    assert dbt_parse.shared().read_bytes() == before


def test_a_parse_that_cannot_be_read_is_made_anew(parsed):
    dbt_parse.shared().write_bytes(b"no parse")
    assert len(dbt(*NAMES, target="two")) == len(dbt(*NAMES, target="one"))
