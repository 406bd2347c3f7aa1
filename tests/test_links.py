"""Links lead somewhere: in the repository, and where a learner's copies lie."""

import re
from functools import cache

import pytest

import course
from course.environment import ROOT
from course.exercises import my_work
from course.exercises.exercise_sets import find_sets
from course.links import anchors, destination, is_relative, linked_files, links, texts, with_links
from course.notebooks import find_lessons

MARKDOWN = [
    *ROOT.glob("*.md"),
    *ROOT.glob("docs/*.md"),
    *ROOT.glob("exercises/*.md"),
    *ROOT.glob("benchmarks/*.md"),
    *ROOT.glob(".github/**/*.md"),
]
anchors_of = cache(anchors)
LESSONS = [lesson.path for lesson in find_lessons()]
EXERCISES = [path for each in find_sets() for path in (each.released, each.source)]


def dead(page, root):
    """The links of a page that lead nowhere, or out of the folder `root`."""
    found = []
    for link in [link for text in texts(page) for link in links(text)]:
        if is_relative(link) or link.startswith("#"):
            target, anchor = destination(link, page)
            is_there = target.exists() and target.is_relative_to(root)
            # GitHub's web site is case sensitive, some file systems are not
            is_there = is_there and target in target.parent.iterdir()
            if not is_there or (anchor and anchor not in anchors_of(target)):
                found.append(link)
        elif not link.startswith(("https://", "http://127.0.0.1", "mailto:")):
            found.append(link)
    return found


@pytest.mark.parametrize(
    "page",
    [*MARKDOWN, *LESSONS, *EXERCISES],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_no_link_is_dead(page):
    assert dead(page, ROOT) == []


def test_links_and_pictures_lead_somewhere_where_the_copies_lie(own_state):
    folder = my_work.copy_course()
    pages = [*folder.rglob("*.ipynb"), *folder.rglob("*.md")]
    assert len(pages) > len(LESSONS) + 10
    assert {page.relative_to(folder).as_posix(): dead(page, folder) for page in pages} == {
        page.relative_to(folder).as_posix(): [] for page in pages
    }


@pytest.fixture
def site(own_state):
    """A repository of its own: a function that writes a page into it."""

    def write(name: str, text: str):
        path = own_state / "repository" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    "link, is_alive",
    [
        ("[a](../FAQ.md)", True),
        ("[a](../FAQ.md#old-python)", True),
        ("[a](../FAQ.md#no-such)", False),
        ("[a](../FAQ.md#In-Capitals)", False),  # GitHub has in-capitals, JupyterLab In-Capitals
        ("[a](../faq.md)", False),
        ("[a](../../outside.md)", False),
        ("![a](pictures/a.svg)", True),
        ("![a](pictures/b.svg)", False),
        ("<img src='pictures/b.svg'>", False),
        ("[a][b]\n\n[b]: nowhere.md", False),
        ("[a](#here)\n\n## here", True),
        ("[a](#there)\n\n## here", False),
        ("[a](ftp://x.org)", False),
        ("[a](https://x.org)", True),
        ("[a](a%20b.md)", True),
        ("`[a](nowhere.md)`\n\n```\n[a](nowhere.md)\n```", True),
        ("| a |\n|---|\n| [a](nowhere.md) |", False),
    ],
)
def test_a_dead_link_is_found(site, link, is_alive):
    site("FAQ.md", "# FAQ\n\n## old-python\n\n## In Capitals\n")
    site("../outside.md", "")
    site("notebooks/pictures/a.svg", "<svg/>")
    site("notebooks/a b.md", "")
    page = site("notebooks/page.md", link)
    assert (dead(page, page.parents[1]) == []) is is_alive


def test_what_is_linked_is_copied_and_what_that_links_to(site):
    page = site("notebooks/page.md", "[a](../FAQ.md#x) ![b](pictures/b.svg) [c](../../outside.md)")
    faq = site("FAQ.md", "[a](dbt/model.sql) [b](notebooks/page.md) [c](gone.md)")
    model, picture = site("dbt/model.sql", ""), site("notebooks/pictures/b.svg", "")
    site("../outside.md", "")
    assert set(linked_files([page], faq.parent)) == {faq, model, picture}


@pytest.mark.parametrize(
    "notebook, page",
    [
        ("my_work/notebooks/05_x.ipynb", "../FAQ.md"),
        ("my_work/exercises/05_x/05_exercises.ipynb", "../../FAQ.md"),
        ("my_work/mine.ipynb", "FAQ.md"),
        (ROOT / "notebooks" / "05_x.ipynb", "../FAQ.md"),
    ],
)
def test_an_entry_that_a_hint_names_is_a_link_to_it(own_state, monkeypatch, notebook, page):
    monkeypatch.setenv("JPY_SESSION_NAME", str(own_state / notebook))
    made = with_links("Read `FAQ.md#old-python`, FAQ.md#b-c. ```\nFAQ.md#code\n``` [x](FAQ.md#d)")
    assert made == (
        f"Read [FAQ.md#old-python]({page}#old-python), [FAQ.md#b-c]({page}#b-c). "
        "```\nFAQ.md#code\n``` [x](FAQ.md#d)"
    )
    (own_state / "my_work" / "exercises" / "05_x").mkdir(parents=True)
    monkeypatch.setenv("JPY_SESSION_NAME", "")
    monkeypatch.chdir(own_state / "my_work" / "exercises" / "05_x")
    assert "(../../FAQ.md#old-python)" in with_links("FAQ.md#old-python")


def test_an_error_of_the_course_is_followed_by_a_link_to_its_entry(tmp_path):
    import nbformat
    from nbclient import NotebookClient

    error = "PipelineError('It went wrong.', cause='x', fix='y', faq='locked-warehouse')"
    code = f"import course\nfrom dlt_pipelines.errors import PipelineError\nraise {error}"
    cell = nbformat.v4.new_code_cell(code)
    NotebookClient(nbformat.v4.new_notebook(cells=[cell]), allow_errors=True).execute(
        cwd=str(ROOT / "notebooks")
    )
    failed, linked = cell.outputs
    assert failed.output_type == "error" and failed.ename == "PipelineError"
    assert linked.data["text/markdown"] == (
        "Read more: [FAQ.md#locked-warehouse](../FAQ.md#locked-warehouse)"
    )


def test_the_script_of_a_workshop_keeps_to_its_minutes_and_to_the_lessons_headings():
    text = (ROOT / "INSTRUCTORS.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| (\d+) \| (.+?) \|", text.partition("## A script for 90 minutes")[2], re.M
    )
    minutes = [int(minute) for minute, _ in rows]
    assert minutes[0] == 0 and minutes == sorted(set(minutes)) and 80 <= minutes[-1] < 90
    shown = [
        found
        for _, screen in rows
        for found in re.findall(r"\[\d\d\]\((notebooks/.+?)\) \*(.+?)\*", screen)
    ]
    assert len({page for page, _ in shown}) == 4 and len(shown) > 12
    for page, heading in shown:
        assert f"## {heading}\n" in "\n".join(texts(ROOT / page)) + "\n", heading
    assert text.count("**Ask the room**") == 2


SHOWN = re.compile(
    r"(?<![\w/.])(?:models|macros|snapshots|dbt_project|dlt_pipelines)/[\w/.-]+\.\w+"
)


@pytest.mark.parametrize("exercise_set", find_sets(), ids=lambda each: each.number)
def test_a_file_of_the_course_that_a_hint_names_is_shown_by_a_call(exercise_set):
    for check in exercise_set.checks.values():
        for hint in check.hints:
            for path in SHOWN.findall(hint):
                assert f'`course.show("{path}")`' in hint
                assert course.show(path).data
