"""The glossary: its words in order, short, and found where a link looks for them."""

import re

import pytest

from course.environment import NOTEBOOKS, ROOT
from course.notebooks import find_lesson

GLOSSARY = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
ENTRIES = re.findall(r"^### (.+)\n(.+)\n", GLOSSARY, re.MULTILINE)
ANCHORS = {term.replace(" ", "-"): text for term, text in ENTRIES}
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for pattern in ("*.md", "notebooks/*.ipynb", "solutions/*/*.ipynb")
    for path in ROOT.glob(pattern)
}


def links(text: str) -> set[str]:
    return set(re.findall(r"GLOSSARY\.md#([^)\s\"'`]+)", text))


def test_the_words_are_in_order_and_each_is_there_once():
    terms = [term for term, _ in ENTRIES]
    assert terms == sorted(set(terms)) and len(terms) > 60
    assert GLOSSARY.count("\n#") == len(terms)


def test_a_heading_is_its_own_anchor_in_jupyterlab_and_on_the_web():
    for term, _ in ENTRIES:
        assert re.fullmatch(r"[a-z]+([ -][a-z]+)*", term), term


@pytest.mark.parametrize(("term", "text"), ENTRIES, ids=ANCHORS)
def test_a_word_has_two_sentences_at_most_and_the_lesson_where_it_is_met(term, text):
    said, number, file = re.fullmatch(
        r"(.+) \(\[lesson (\d\d)\]\(notebooks/(.+)\)\)", text
    ).groups()
    assert file.startswith(number) and (NOTEBOOKS / file).exists()
    assert said.endswith(".") and len(re.findall(r"\.(?= |$)", said)) <= 2
    assert len(said.split()) <= 40


@pytest.mark.parametrize("page", PAGES)
def test_every_link_to_a_word_leads_to_it(page):
    assert links(PAGES[page]) <= set(ANCHORS)


def test_every_word_is_linked_from_somewhere():
    linked = set().union(*(links(text) for name, text in PAGES.items() if name != "GLOSSARY.md"))
    assert set(ANCHORS) - linked == set()


@pytest.mark.parametrize("number", ["00", "01", "02", "03", "04"])
def test_a_lesson_links_the_words_that_are_met_in_it(number):
    lesson = PAGES[find_lesson(number).path.relative_to(ROOT).as_posix()]
    met = {anchor for anchor, text in ANCHORS.items() if f"[lesson {number}]" in text}
    assert met and met - links(lesson) == set()
