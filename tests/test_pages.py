"""D2 and D10: in the report, the grades and the slides what comes from data is text, and who uses a
keyboard or a screen reader gets on."""

import ast
import re
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from nbformat.v4 import new_output
from support import CHROMIUM, IN_CHROMIUM

import course
from course.environment import ROOT
from course.exercises.grade import _page
from course.notebooks import LessonFile, find_lesson, find_lessons
from course.pages import as_text, clean, describe
from course.publishing.slides import write_slides
from course.running import report
from course.running.record import Run, Stage

HOSTILE = [
    "<script>window.hit = 1</script>",
    "<img src=x onerror='window.hit = 2'>",
    "<svg onload='window.hit = 3'><a xlink:href='javascript:window.hit=4'>x</a></svg>",
    "</style><style>body { display: none }</style><script>window.hit = 5</script>",
    '"><iframe srcdoc="<script>parent.hit = 6</script>"></iframe>',
    "</td></table></pre></main><script>window.hit = 7</script>",
    "[click](javascript:window.hit=8)",
    "<a href='javascript:window.hit = 9' onclick='window.hit = 10'>click</a>",
    "<details open ontoggle='window.hit = 11'>x</details>",
    "<noscript><p title='</noscript><img src=x onerror=window.hit=12>'>",
    "<math><mtext><table><mglyph><style><img src=x onerror='window.hit=13'>",
    "<style scoped></style><script>window.hit = 14</script><style scoped></style>",
    "<base href='https://elsewhere.example/'><meta http-equiv=refresh "
    "content='0;url=https://elsewhere.example'>",
    "![](https://elsewhere.example/seen.png) <link rel=stylesheet "
    "href=https://elsewhere.example/x.css>",
    "<form action=https://elsewhere.example>"
    "<input name=a autofocus onfocus='window.hit = 15'></form>",
]


def spoiled(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A lesson's notebook whose outputs hold hostile text in every way in which data reach them,
    escaped and not."""
    frame = pd.DataFrame([{"title": text, text: "store"} for text in HOSTILE])
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.outputs:
            cell.outputs += [
                new_output(
                    "display_data",
                    {"text/markdown": "\n".join(f"- **{text}**" for text in HOSTILE)},
                ),
                new_output("display_data", {"text/html": frame.to_html()}),
                new_output("display_data", {"text/html": frame.to_html(escape=False)}),
                new_output("display_data", {"text/html": "".join(HOSTILE)}),
                new_output("display_data", {"application/javascript": "window.hit = 16"}),
                new_output("display_data", {"image/svg+xml": f"<svg>{HOSTILE[0]}</svg>"}),
                new_output("stream", text="\n".join(HOSTILE)),
            ]
    return notebook


def write_report(
    folder: Path, notebook: nbformat.NotebookNode | None = None, failed: str = ""
) -> Path:
    """A run's report, with the answers of a notebook, or a lesson that failed."""
    folder.mkdir(parents=True, exist_ok=True)
    name = HOSTILE[0] if failed else report.ANSWERS
    stage = Stage(
        name, "failed" if failed else "ok", 1.0, f"{name}.ipynb", cell=failed, error=failed
    )
    parameters = {"target": "dev", "source": "files", "path": " ".join(HOSTILE), "run_date": ""}
    run = Run(folder, parameters, False, "2026-01-01T00:00:00", [stage])
    kinds = ("rows_in", "inserted", "updated", "unchanged", "duplicates", "rejected")
    run.rows = {
        "tables": {text: 1 for text in HOSTILE},
        "last_load": {text: dict.fromkeys(kinds, 1) for text in HOSTILE},
        "unmatched": {},
    }
    if notebook:
        nbformat.write(notebook, folder / f"{report.ANSWERS}.ipynb")
    report.write(run)
    return folder / "report.html"


def write_grades(folder: Path) -> Path:
    rows = [
        {"learner": text, "01-1": 1, "points": 1, "of": 2, "remarks": f"01 {text}"}
        for text in HOSTILE
    ]
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "grades.html"
    met = pd.DataFrame([{"exercise": "01-1", "title": text, "met": text} for text in HOSTILE])
    page.write_text(_page(pd.DataFrame(rows), met, met), encoding="utf-8")
    return page


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Every kind of page with hostile text in it, and (as `plain …`) as it is without."""
    folder = tmp_path_factory.mktemp("pages")
    lesson = find_lesson("09")
    hostile = folder / "09_answer_the_question.ipynb"
    nbformat.write(spoiled(lesson.read()), hostile)
    return {
        "report": write_report(folder / "report", spoiled(lesson.read())),
        "report of a failure": write_report(folder / "failed", failed=" ".join(HOSTILE)),
        "grades": write_grades(folder / "grades"),
        "slides": write_slides(LessonFile(hostile), folder / "slides"),
        "plain report": write_report(folder / "plain", lesson.read()),
        "plain slides": write_slides(lesson, folder / "plain slides"),
    }


@pytest.mark.parametrize(
    "text",
    [
        *HOSTILE,
        "a\n\n# b",
        "1 * 2 * 3 _x_ `y` $z$ ~~s~~ |",
        "&amp; &lt;b&gt;",
        "www.elsewhere.example me@elsewhere.example",
    ],
)
def test_d2_a_value_from_the_data_is_text_in_markdown(text):
    import bs4
    from nbconvert.filters import markdown2html

    made = bs4.BeautifulSoup(markdown2html(f"- **{as_text(text)}**: bad"), "html.parser")
    assert {tag.name for tag in made.find_all()} == {"ul", "li", "strong"}
    assert made.find("strong").get_text() == " ".join(text.split())


def test_d2_lesson_09_shows_titles_and_stores_as_text(monkeypatch):
    """The cells of its answer, on tables in which every text is hostile."""
    cells = [
        cell.source
        for cell in find_lesson("09").read().cells
        if cell.cell_type == "code" and "answer" in cell.id.split("-")
    ]
    columns = ("store", "leaf_category", "title")
    numbers = (
        "before_mean_rating",
        "after_mean_rating",
        "before_review_count",
        "after_review_count",
        "fallen_product_count",
        "compared_product_count",
        "review_count",
        "usual_daily_count",
        "one_time_user_share",
        "rating_drop",
        "rise_percent",
        "z_score",
    )
    row = dict.fromkeys(columns, "".join(HOSTILE)) | dict.fromkeys(numbers, 1.0)
    row |= dict.fromkeys(
        ("changed_on", "first_on", "last_on", "raised_on"), pd.Timestamp("2025-01-01")
    )

    class Asked:
        @staticmethod
        def query(sql):
            return pd.DataFrame([row])

    names: dict = {"lesson": Asked, "course": course}
    tree = ast.parse("\n".join(cells))
    shown = tree.body.pop()
    exec(compile(tree, "answer", "exec"), names)
    markdown = eval(compile(ast.Expression(shown.value), "answer", "eval"), names).data
    assert markdown.count("- **") == 3 and not set("<[`$") & set(markdown)


HOSTILE_PAGES = ("report", "report of a failure", "grades", "slides")


@pytest.mark.parametrize("text", HOSTILE)
def test_d2_harmless_markup_stays_and_all_else_is_text(text):
    import bs4

    for made in (
        clean(text),
        clean(pd.DataFrame([{text: text}]).to_html(escape=False)),
        clean(f"<p>{text}</p>"),
    ):
        tags = bs4.BeautifulSoup(made, "html.parser").find_all()
        assert {tag.name for tag in tags} & {
            "script",
            "style",
            "svg",
            "iframe",
            "form",
            "base",
            "meta",
            "link",
        } == set()
        attributes = [(name, value) for tag in tags for name, value in tag.attrs.items()]
        assert [name for name, _ in attributes if name.startswith("on")] == []
        targets = [str(value) for name, value in attributes if name in ("href", "src")]
        assert [value for value in targets if not value.startswith("https:") and ":" in value] == []


def test_d2_what_markdown_and_pandas_write_is_not_spoiled():
    frame = pd.DataFrame({"month": ["2025"], "mean <b>": [4.5]})
    table = clean(frame._repr_html_())
    assert "<style" not in table and "tbody tr th" not in table
    assert "<th>mean &lt;b&gt;</th>" in table and "<td>4.5</td>" in table
    assert 'tabindex="0" role="region" aria-label="Table: month, mean &lt;b&gt;"' in table
    assert clean("<h2 id='a'>A</h2><p><code>x</code> <a href='https://x.org'>y</a></p>").startswith(
        '<h2 id="a">A</h2><p><code>x</code>'
    )


@pytest.mark.parametrize("name", HOSTILE_PAGES)
def test_d2_a_page_has_a_policy_before_anything_else_can_run(pages, name):
    text = pages[name].read_text(encoding="utf-8")
    policy = re.search(r'<meta[^>]*content="default-src [^ >]*none[^>]*>', text)
    assert 'http-equiv="Content-Security-Policy"' in policy[0]
    assert policy.start() < text.index("<title>") and "<script" not in text[: policy.start()]
    assert "'unsafe-eval'" not in text and "script-src 'unsafe-inline'" not in text


def test_d10_every_picture_of_the_lessons_has_a_description_that_says_what_it_shows():
    seen = 0
    for lesson in find_lessons():
        for cell in describe(lesson.read()).cells:
            if cell.cell_type == "code" and any(
                "image/png" in o.get("data", {}) for o in cell.outputs
            ):
                seen += 1
                assert len(cell.metadata["alt"].split()) >= 8, (
                    f"{lesson.name}, {cell.id}: {cell.metadata['alt']}"
                )
    assert seen > 10


def test_d10_a_picture_without_words_is_described_by_its_title():
    cell = nbformat.v4.new_code_cell("ax.set(title='Stars by month')", id="plot")
    cell.outputs = [new_output("display_data", {"image/png": ""})]
    assert describe(nbformat.v4.new_notebook(cells=[cell])).cells[0].metadata.alt == (
        "Stars by month"
    )


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        made = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield made
        made.close()


def opened(browser, path: Path, query: str = "", width: int = 1366):
    """A page in a tab of its own; `told` is its console, `asked` what it fetches from elsewhere."""
    tab = browser.new_page(viewport={"width": width, "height": 768})
    tab.told, tab.asked = [], []
    tab.on("console", lambda message: tab.told.append(message.text))
    tab.on(
        "request",
        lambda request: tab.asked.append(request.url) if request.url.startswith("http") else None,
    )
    tab.goto(path.as_uri() + query)
    tab.wait_for_timeout(300)
    return tab


class TestInChromium:
    pytestmark = IN_CHROMIUM

    @pytest.mark.parametrize("name", HOSTILE_PAGES)
    def test_d2_nothing_that_comes_from_data_runs_or_fetches(self, browser, pages, name):
        tab = opened(browser, pages[name])
        for link in tab.locator("main a", has_text="click").all():
            link.dispatch_event("click")
        tab.wait_for_timeout(200)
        assert tab.evaluate("window.hit") is None
        assert tab.asked == [] and tab.url.startswith("file:")
        assert HOSTILE[0] in tab.evaluate("document.body.textContent")
        assert tab.locator("body").is_visible() and tab.locator("main").count() == 1
        tab.close()

    def test_d2_the_policy_alone_keeps_a_script_from_running(self, browser, pages, tmp_path):
        """What the sanitiser would let through by mistake."""
        for name in HOSTILE_PAGES:
            text = (
                pages[name]
                .read_text(encoding="utf-8")
                .replace("<main>", "<main>" + "".join(HOSTILE[:2]), 1)
            )
            page = pages[name].with_name("through.html")
            page.write_text(text, encoding="utf-8")
            tab = opened(browser, page)
            assert tab.evaluate("window.hit") is None, name
            assert any("Content Security Policy" in line for line in tab.told), name
            tab.close()

    @pytest.mark.parametrize(
        "name", ["plain report", "plain slides", "grades", "report of a failure"]
    )
    def test_d10_axe_finds_nothing_serious(self, browser, pages, name):
        from axe_playwright_python.sync_playwright import Axe

        # of slides the first, and all of them; of other pages as on a screen, and as on a phone
        views = [("", 1366), ("?print-pdf", 1366)] if "slides" in name else [("", 1366), ("", 375)]
        for query, width in views:
            tab = opened(browser, pages[name], query, width)
            result = Axe().run(tab).response
            assert len(result["passes"]) > 10
            serious = [
                (each["id"], [node["html"][:200] for node in each["nodes"][:3]])
                for each in result["violations"]
                if each["impact"] in ("serious", "critical")
            ]
            assert serious == []
            tab.close()

    def test_slides_run_under_their_policy_the_speakers_view_too(self, browser, pages):
        tab = opened(browser, pages["plain slides"])
        assert tab.evaluate("Reveal.isReady()") and tab.evaluate("Reveal.getTotalSlides()") > 10
        assert tab.evaluate(
            "getComputedStyle(document.querySelector('.reveal h1')).fontFamily"
        ).startswith('"Source Sans')
        with tab.expect_popup() as popup:
            tab.keyboard.press("s")
        view = popup.value
        view.wait_for_selector("#current-slide iframe", state="attached", timeout=10_000)
        assert [line for line in tab.told if "Content Security Policy" in line] == []
        tab.close()


PRINTING = [*ROOT.glob("course/commands/*.py"), ROOT / "course" / "running" / "runner.py"]


@pytest.mark.parametrize("path", PRINTING, ids=lambda path: path.name)
def test_d2_a_path_is_text_in_the_terminal_too(path):
    """Brackets in a folder's name would be taken for markup, and [/x] for an error in it."""
    for call in (
        node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)
    ):
        if (
            getattr(call.func, "attr", "") == "print"
            and call.args
            and isinstance(call.args[0], ast.JoinedStr)
        ):
            shown = ast.unparse(call.args[0])
            names_a_path = re.search(r"\b(relative|where|page|plot|left_out|learner|kept)\b", shown)
            is_text = any(
                word.arg == "markup" and ast.unparse(word.value) == "False"
                for word in call.keywords
            )
            assert not names_a_path or is_text or "escape(" in shown, shown
