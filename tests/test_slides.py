"""Slides: on each of them all is seen, it says more than a sentence, and it has one picture at
most."""

import base64

import nbformat
import pytest
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from support import CHROMIUM, IN_CHROMIUM

from course import pages
from course.notebooks import LessonFile, find_lessons
from course.publishing.slides import write_slides

MEASURE = """() => [...document.querySelectorAll(".slides > section > section")].map(slide => {
    const shown = [];
    for (let e = slide; !e.classList.contains("slides"); e = e.parentElement) {
        shown.push([e, e.getAttribute("style")]);
        e.style.display = "block";
    }
    const inner = [...slide.querySelectorAll(".scroll, pre, img, p, td, th")];
    const made = {
        text: slide.textContent.replace(/\\s+/g, " ").trim(),
        is_title: !!slide.querySelector("h1, h2, h3"),
        pictures: slide.querySelectorAll("img").length,
        solid: slide.querySelectorAll("pre, table, img, li").length,
        height: slide.scrollHeight,
        cut: inner.filter(e => e.scrollWidth > e.clientWidth + 1 && e.matches(".scroll, pre")
            || e.getBoundingClientRect().right > innerWidth).map(e => e.outerHTML.slice(0, 80)),
        empty: [...slide.querySelectorAll(".jp-InputArea, .jp-OutputArea-child")]
            .filter(e => !e.textContent.trim() && !e.querySelector("img")).length,
    };
    for (const [e, style] of shown)
        style === null ? e.removeAttribute("style") : e.setAttribute("style", style);
    return made;
})"""


def png(height: float) -> str:
    import io

    figure, drawn = Figure(figsize=(8, height)), io.BytesIO()
    figure.subplots().plot([1, 2])
    figure.savefig(drawn)
    return base64.b64encode(drawn.getvalue()).decode()


def table(rows: int, columns: int) -> str:
    heads = "".join(f"<th>a_rather_long_name_{number}</th>" for number in range(columns))
    line = "".join(f"<td>2025-01-{number + 10}</td>" for number in range(columns))
    body = "".join(f"<tr>{line}</tr>" for _ in range(rows))
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def code(source: str, *outputs: dict) -> nbformat.NotebookNode:
    return new_code_cell(source, outputs=[new_output("display_data", each) for each in outputs])


def worst() -> nbformat.NotebookNode:
    """A lesson with all that would not fit."""
    pictures = [{"image/png": png(height)} for height in (3, 9, 2)]
    stream = new_output("stream", text="\n".join(f"line {number}" for number in range(120)))
    long_line = new_output("stream", text="a word " * 200 + "\n" + "x" * 400)
    return new_notebook(
        cells=[
            new_markdown_cell("# A lesson\n\nIt begins."),
            new_markdown_cell("## Tables\n\nThey are long."),
            code("table", {"text/html": table(70, 3)}, {"text/html": table(3, 14)}),
            new_markdown_cell("One sentence after it."),
            new_markdown_cell("And another.\n\n## In the middle of a cell\n\nText."),
            code("\n".join(f"name_{number} = {number}" for number in range(60)), *pictures),
            new_markdown_cell("Look at it."),
            new_code_cell("print()", outputs=[stream, long_line]),
            new_markdown_cell("Seen."),
            new_markdown_cell("## A list\n\n" + "\n".join(f"{n}. item {n}" for n in range(1, 60))),
            new_markdown_cell("An end."),
        ]
    )


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """What is on each slide, by lesson."""
    from playwright.sync_api import sync_playwright

    folder = tmp_path_factory.mktemp("slides")
    nbformat.write(worst(), folder / "99_worst.ipynb")
    lessons = [*find_lessons(), LessonFile(folder / "99_worst.ipynb")]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        tab, slides = browser.new_page(viewport={"width": 1366, "height": 768}), {}
        for lesson in lessons:
            tab.goto(write_slides(lesson, folder).as_uri())
            tab.wait_for_function("window.Reveal && Reveal.isReady()")
            slides[lesson.name] = tab.evaluate(MEASURE)
        browser.close()
    return slides


class TestInChromium:
    pytestmark = IN_CHROMIUM

    @pytest.mark.parametrize(
        "lesson", [*(each.name for each in find_lessons()), "99_worst"], ids=str
    )
    def test_on_each_slide_all_is_seen_and_none_is_a_lone_sentence(self, measured, lesson):
        slides = measured[lesson]
        assert len(slides) > 8
        assert [slide["text"] for slide in slides if slide["height"] > 720] == []
        assert [slide["cut"] for slide in slides if slide["cut"]] == []
        assert [slide["text"] for slide in slides if slide["pictures"] > 1] == []
        assert [slide["text"] for slide in slides if slide["empty"]] == []
        lone = [s["text"] for s in slides if not s["solid"] and not s["is_title"]]
        assert [text for text in lone if len(text) < 250] == []

    def test_nothing_is_lost_and_nothing_is_there_twice(self, measured):
        text = " ".join(slide["text"] for slide in measured["99_worst"])
        words = text.split()
        for number in range(120):
            assert words.count(f"{number}") >= 1 and text.count(f"line {number} ") <= 1
        assert sum(slide["pictures"] for slide in measured["99_worst"]) == 3
        assert text.count("2025-01-10") == 73
        for number in range(60):
            assert text.count(f"name_{number} = ") == 1
        for sentence in ("One sentence after it.", "And another.", "Seen.", "An end."):
            assert text.count(sentence) == 1


def test_a_page_needs_no_file_beside_it(tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "NOTEBOOKS", tmp_path)
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "way.svg").write_text("<svg/>", encoding="utf-8")
    (tmp_path / "secret.svg").write_text("<svg/>", encoding="utf-8")
    text = (
        "![The way](pictures/way.svg) ![x](pictures/../secret.svg) ![y](pictures/none.svg)\n\n"
        "[*hook*](../GLOSSARY.md#hook) [the next](05_model.ipynb#a) [out](https://x.org) [in](#x)"
    )
    lesson = tmp_path / "04_load.ipynb"
    nbformat.write(new_notebook(cells=[new_markdown_cell(f"# A\n\n{text}")]), lesson)
    made = write_slides(LessonFile(lesson), tmp_path / "slides").read_text(encoding="utf-8")
    picture = base64.b64encode(b"<svg/>").decode()
    assert made.count(f'src="data:image/svg+xml;base64,{picture}"') == 1
    assert 'alt="The way"' in made and "GLOSSARY.md" not in made and "<em>hook</em>" in made
    assert '<a href="05_model.slides.html">the next</a>' in made
    assert 'href="https://x.org"' in made and 'href="#x"' in made
