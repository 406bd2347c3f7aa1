"""The lessons' pictures: drawn in the repository, with words for whoever does not see them."""

import re
from xml.etree import ElementTree

import pytest

from course.environment import NOTEBOOKS, ROOT
from course.notebooks import find_lessons

PICTURES = sorted((NOTEBOOKS / "pictures").glob("*.svg"))
SVG = "{http://www.w3.org/2000/svg}"
TEXTS = {
    lesson.name: "\n".join(c.source for c in lesson.read().cells if c.cell_type == "markdown")
    for lesson in find_lessons()
} | {"README": (ROOT / "README.md").read_text(encoding="utf-8")}


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.stem)
def test_a_picture_is_described_and_asks_nobody_for_anything(picture):
    text = picture.read_text(encoding="utf-8")
    drawn = ElementTree.fromstring(text)
    assert drawn.find(f"{SVG}title").text and len(drawn.find(f"{SVG}desc").text.split()) >= 20
    assert re.findall(r"https?://[^\"]+", text) == ["http://www.w3.org/2000/svg"]
    assert "<script" not in text
    ground = drawn.find(f"{SVG}rect")
    assert (ground.get("fill"), ground.get("width")) == ("#fff", drawn.get("width"))
    assert ground.get("rx") and int(drawn.get("width")) <= 960


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.stem)
def test_a_picture_is_shown_somewhere_with_a_sentence_in_its_place(picture):
    shown = [
        words
        for text in TEXTS.values()
        for words in re.findall(rf"!\[([^\]]*)\]\(\S*pictures/{picture.name}\)", text)
    ]
    assert shown and all(words.endswith(".") and len(words.split()) > 5 for words in shown)


@pytest.mark.parametrize("name", [name for name in TEXTS if name[:2] not in ("05", "08")])
def test_no_diagram_is_drawn_with_characters(name):
    assert not re.search("[─│┌└▶▼▲]", TEXTS[name])
