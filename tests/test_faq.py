"""The FAQ in both languages: every error has its entry, every command in it runs, and nothing in it
is cut short or out of step.
"""

import os
import re
import shlex
import subprocess
import sysconfig

import click
import pytest
import typer
from support import copy_repository

from course.cli import app
from course.clinic.faults import FAULTS
from course.environment import ROOT

NAMES = {
    "FAQ.md": ("**You see**", "**Look at**", "**Why**", "**Do**"),
    "FAQ.fr.md": ("**Vous voyez**", "**Regardez**", "**Pourquoi**", "**Faites**"),
}
TEXTS = {name: (ROOT / name).read_text(encoding="utf-8") for name in NAMES}
ENTRIES = {
    name: dict(re.findall(r"^## ([a-z-]+)\n(.+?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    for name, text in TEXTS.items()
}
RUN = {"FAQ.md": r"\*Run by a test[.,]", "FAQ.fr.md": r"\*Exécuté par un test[.,]"}
NOT_RUN = {"FAQ.md": r"\*Not run by a test: .+", "FAQ.fr.md": r"\*Non exécuté par un test : .+"}


def blocks(text: str) -> list[tuple[str, str]]:
    """Each block of commands, and the line that follows it."""
    return re.findall(r"```\w+\n(.*?)```\n([^\n]*)", text, re.DOTALL)


# Blocks that no fault's test runs: they run here, one after the other, in a copy in which dev is
# loaded and built.
TRIED = {
    anchor: [
        block
        for block, after in blocks(text)
        if re.match(RUN["FAQ.md"], after) and "course break" not in after
    ]
    for anchor, text in ENTRIES["FAQ.md"].items()
}
TRIED = {anchor: found for anchor, found in TRIED.items() if found}


def raised() -> set[str]:
    named = set()
    for folder in ("course", "dlt_pipelines", "dbt_project"):
        for path in [
            p
            for kind in ("*.py", "*.sql")
            for p in (ROOT / folder).rglob(kind)
            if "target" not in p.parts
        ]:
            named |= set(
                re.findall(r'faq="([a-z-]+)"|FAQ\.md#([a-z-]+)', path.read_text(encoding="utf-8"))
            )
    named |= set(
        re.findall(
            r'faq="([a-z-]+)"|FAQ\.md#([a-z-]+)', (ROOT / "Makefile").read_text(encoding="utf-8")
        )
    )
    return {a or b for a, b in named}


def test_every_error_and_every_fault_has_its_entry():
    assert raised() - set(ENTRIES["FAQ.md"]) == set()
    assert len(raised()) > 10
    assert set(FAULTS) - set(ENTRIES["FAQ.md"]) == set()


@pytest.mark.parametrize("name", NAMES)
def test_an_entry_either_answers_a_question_or_says_what_one_sees_why_and_what_to_do(name):
    see, _, *rest = NAMES[name]
    for anchor, text in ENTRIES[name].items():
        if text.startswith(see):
            assert all(part in text for part in rest), anchor
        else:
            assert re.match(r"\*\*[^*]+\*\*\n", text), anchor
            assert len(text.split()) > 40, anchor


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_is_in_the_list_at_the_top_and_every_link_leads_somewhere(name):
    assert set(re.findall(r"\]\(#([a-z-]+)\)", TEXTS[name])) == set(ENTRIES[name])
    for other in ("README.md", "INSTRUCTORS.md", *NAMES):
        assert set(
            re.findall(r"FAQ\.md#([a-z-]+)", (ROOT / other).read_text(encoding="utf-8"))
        ) <= set(ENTRIES["FAQ.md"])


def test_both_languages_have_the_same_entries_and_the_same_commands():
    assert list(ENTRIES["FAQ.md"]) == list(ENTRIES["FAQ.fr.md"])
    for anchor, text in ENTRIES["FAQ.md"].items():
        assert [block for block, _ in blocks(text)] == [
            block for block, _ in blocks(ENTRIES["FAQ.fr.md"][anchor])
        ], anchor


@pytest.mark.parametrize("name", NAMES)
def test_every_block_of_commands_says_whether_a_test_runs_it(name):
    found = [(block, after) for block, after in blocks(TEXTS[name])]
    assert len(found) > 25
    for block, after in found:
        assert re.match(f"{RUN[name]}|{NOT_RUN[name]}", after), block


@pytest.mark.parametrize("name", NAMES)
def test_every_course_command_in_a_sentence_is_one_that_there_is(name):
    commands = re.findall(
        r"`(?:\.venv/bin/)?course ([a-z][^`…]*)`",
        re.sub(r"```.*?```", "", TEXTS[name], flags=re.DOTALL),
    )
    assert len(commands) > 20
    group = typer.main.get_command(app)
    for command in commands:
        word, *arguments = shlex.split(command)
        try:
            group.commands[word].make_context(word, arguments, resilient_parsing=True)
        except (KeyError, click.ClickException, click.exceptions.Exit) as error:
            raise AssertionError(f"course {command}: {error!r}") from error


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """A copy of the repository in which the target dev is loaded and built, and the environment for
    commands in it.
    """
    here = copy_repository(tmp_path_factory.mktemp("faq") / "clone")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("COURSE_")
    }
    environment |= {
        "MARKETPLACE__ITEMS": "300",
        "MARKETPLACE__REVIEWS": "6000",
        "MARKETPLACE__SEED": "3",
    }
    environment["PYTHONPATH"] = str(here)  # the copy's own code, which the blocks add to
    environment["PATH"] = sysconfig.get_path("scripts") + os.pathsep + os.environ["PATH"]
    for command in ("python dlt_pipelines/amazon_products_pipeline.py", "course dbt build"):
        subprocess.run(
            command, shell=True, cwd=here, env=environment, check=True, capture_output=True
        )
    return here, environment


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="the blocks are for a Unix shell")
@pytest.mark.parametrize("anchor", TRIED)
def test_the_commands_of_an_entry_run(loaded, anchor):
    here, environment = loaded
    for block in TRIED[anchor]:
        done = subprocess.run(
            ["bash", "-e", "-c", block],
            cwd=here,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
