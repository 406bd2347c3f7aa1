"""The README's commands work as they stand, and each block says whether a test runs it."""

import os
import re
import subprocess
import sysconfig

import pytest
from support import copy_repository

from course.environment import ROOT
from course.publishing.syllabus import BREAKS, PLANS, TABLES, plans
from course.publishing.tables import with_tables

README, INSTRUCTORS = (
    (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "INSTRUCTORS.md")
)


def blocks(text: str) -> list[tuple[str, list[str], str]]:
    """Each block of commands: its kind, its lines, and the line that follows it."""
    found = re.findall(r"```(bash|powershell)\n([^`]+)```\n([^\n]*)", text)
    return [(kind, commands.strip().splitlines(), after) for kind, commands, after in found]


BLOCKS = blocks(README)
RUN = {
    commands[0]: commands for _, commands, after in BLOCKS if after.startswith("*Run by a test.*")
}


def test_every_block_of_commands_says_whether_a_test_runs_it():
    assert len(BLOCKS) >= 8
    for _, commands, after in BLOCKS + blocks(INSTRUCTORS):
        assert re.match(r"\*Run by a test[.,]|\*Not run by a test[^:]*: .+", after), commands


def test_the_syllabus_is_that_of_the_lessons():
    assert with_tables(README, TABLES) == README
    assert "09 Answer the owner's question" in README


def test_a_table_that_nobody_here_writes_stays_and_one_without_a_place_is_not_made():
    other = "<!-- race: written by make bench -->\nas it was\n<!-- end of race -->\n"
    assert with_tables(other, TABLES) == other
    assert with_tables(other, {"race": lambda: "anew"}) == other.replace("as it was", "anew")


def test_the_plans_for_instructors_are_up_to_date_and_fit_their_time():
    assert with_tables(INSTRUCTORS, TABLES) == INSTRUCTORS
    sums = re.findall(r"^(\d+) minutes of (\d+)", plans(), re.MULTILINE)
    assert len(sums) == len(PLANS) == len(BREAKS)
    assert all(int(total) <= int(limit) for total, limit in sums)


@pytest.mark.slow
@pytest.mark.skipif(
    os.name == "nt",
    reason="the blocks are for a Unix shell; Windows has its own, which its jobs run",
)
@pytest.mark.parametrize("block", RUN)
def test_the_commands_of_a_block_work(own_state, monkeypatch, block):
    here = copy_repository(own_state / "clone")
    monkeypatch.setenv("PYTHONPATH", str(here))
    monkeypatch.setenv("PATH", sysconfig.get_path("scripts") + os.pathsep + os.environ["PATH"])
    for name in ("ITEMS", "REVIEWS", "SEED"):
        monkeypatch.delenv(f"MARKETPLACE__{name}")
    commands = RUN[block]
    if block == "course dbt build --select dim_products+":  # its place in the README is after a run
        commands = ["python dlt_pipelines/amazon_products_pipeline.py", "course dbt run", *commands]
    for command in commands:
        done = subprocess.run(command, shell=True, cwd=here, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
