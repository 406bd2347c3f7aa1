"""Every lesson keeps the rules: its frame, its tags, and what its cells may not do."""

import ast
import re

import nbformat
import pytest
import sqlglot
from IPython.core.inputtransformer2 import TransformerManager
from sqlglot import exp
from support import PARAMETERS

from course.environment import NOTEBOOKS, ROOT
from course.notebooks import find_lessons, has_tag, normalise

LESSONS = {lesson.name: lesson for lesson in find_lessons()}
FROM_05_TO_08 = [name for name in LESSONS if "05" <= name[:2] <= "08"]

FORBIDDEN = {
    "a bare shell command": r"^\s*!|=\s*!",
    "a shell cell": r"^%%(bash|sh|script|cmd|system)\b|^\s*%(sx|system)\b",
    "pip": r"\bpip\b|^\s*%(pip|conda|uv)\b",
    "an absolute path": r"""["'](/(home|Users|root|tmp|var|usr|etc|opt|mnt)\b|[A-Za-z]:[\\/]|~)""",
    "an address beyond loopback": r"https?://(?!127\.0\.0\.1|localhost)",
}


def faults(notebook) -> list[str]:
    """What breaks the rules in a notebook's code cells, as sentences."""
    found = []
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in code:
        for name, pattern in FORBIDDEN.items():
            if re.search(pattern, cell.source, re.MULTILINE):
                found.append(f"{cell.id}: {name}")
        if not has_tag(cell, "stage", "demo"):
            found.append(f"{cell.id}: neither stage nor demo")
        if has_tag(cell, "stage") and re.search(r"^\s*%", cell.source, re.MULTILINE):
            found.append(f"{cell.id}: a magic in a stage cell")
        for sql in statements(cell.source):
            if re.match(r"\s*(select|with|from)\b", sql, re.IGNORECASE) and not re.search(
                r"\border\s+by\b", sql, re.IGNORECASE
            ):
                found.append(f"{cell.id}: a result table without an order")
    if not code or not has_tag(code[0], "parameters"):
        found.append("the first code cell is not tagged parameters")
    return found


def statements(source: str) -> list[str]:
    """The SQL whose rows a cell shows, where there may be several: of a SQL cell, and of the calls
    that ask the warehouse for a table.
    """
    if source.startswith("%%sql"):
        asked = [source.split("\n", 1)[1]]
    else:
        tree = ast.parse(TransformerManager().transform_cell(source))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        asked = [
            text.value
            for call in calls
            if getattr(call.func, "attr", getattr(call.func, "id", "")) == "query"
            for text in call.args
            if isinstance(text, ast.Constant) and isinstance(text.value, str)
        ]
    return [text for text in asked if not gives_one_row(text)]


def gives_one_row(sql: str) -> bool:
    """Whether it reads no table, or aggregates without grouping: one row has no order."""
    try:
        query = sqlglot.parse_one(sql, read="duckdb")
    except sqlglot.ParseError:
        return False
    if not isinstance(query, exp.Select) or query.find(exp.Unnest, exp.Explode):
        return False
    if query.args.get("group"):
        return False
    return not query.args.get("from_") or any(
        found.parent_select is query and not found.find_ancestor(exp.Window)
        for found in query.find_all(exp.AggFunc)
    )


@pytest.mark.parametrize(
    ("sql", "one_row"),
    [
        ("select count(*) as n from reviews", True),
        ("select round(avg(rating), 2) from reviews where rating > 1", True),
        ("select (select count(*) from a) as a, (select count(*) from b) as b", True),
        ("select count(*) filter (stars = 1) as n from a left join b on a.id = b.id", True),
        ("select count(*) from r asof left join p on r.id = p.id and r.at >= p.at", True),
        ("select product, count(*) from reviews group by product", False),
        ("select count(*) over () from reviews", False),
        ("select product, (select count(*) from b) as b from reviews", False),
        ("select product from reviews", False),
        ("select unnest([1, 2])", False),
        ("select count(*) from a union all select count(*) from b", False),
    ],
)
def test_one_row_is_told_from_many(sql, one_row):
    assert gives_one_row(sql) == one_row


@pytest.mark.parametrize("name", LESSONS)
def test_a_lessons_cells_keep_the_rules(name):
    assert faults(LESSONS[name].read()) == []


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("!ls", "a bare shell command"),
        ("files = !ls", "a bare shell command"),
        ("%%bash\nls", "a shell cell"),
        ("%pip install x", "pip"),
        ("open('/tmp/x')", "an absolute path"),
        (r"open('C:\\x')", "an absolute path"),
        ("get('https://example.com')", "an address beyond loopback"),
        ("%%sql\nselect * from marts.dim_products", "a result table without an order"),
        (
            "lesson.query('select parent_asin from marts.dim_products')",
            "a result table without an order",
        ),
    ],
)
def test_the_rules_catch_what_they_forbid(source, fault):
    good = nbformat.v4.new_code_cell(
        "source = 1", metadata={"tags": ["parameters", "stage"]}, id="p"
    )
    bad = nbformat.v4.new_code_cell(source, metadata={"tags": ["demo"]}, id="bad")
    assert f"bad: {fault}" in faults(nbformat.v4.new_notebook(cells=[good, bad]))


def test_the_rules_catch_missing_tags_and_parameters():
    untagged = nbformat.v4.new_code_cell("1", id="bad")
    assert set(faults(nbformat.v4.new_notebook(cells=[untagged]))) == {
        "bad: neither stage nor demo",
        "the first code cell is not tagged parameters",
    }


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_has_the_frame(name):
    cells = LESSONS[name].read().cells
    assert re.fullmatch(r"\d\d_[a-z]+(_[a-z]+)+", name)
    opening = cells[0].source
    assert re.match(r"# [A-Z]", opening)
    for part in ("What you'll do", "What you'll learn", "What you'll need"):
        assert f"**{part}**" in opening
    values = {}
    exec(cells[1].source, values)
    assert {k: values[k] for k in PARAMETERS} == PARAMETERS
    assert has_tag(cells[2], "setup")
    begins = f'course.start("{name[:2]}", source, path, target, run_date, full_refresh)'
    assert begins in cells[2].source
    headings = re.findall(
        r"^## (.+)$",
        "\n".join(c.source for c in cells if c.cell_type == "markdown"),
        re.MULTILINE,
    )
    assert headings[-3:] == ["Check yourself", "Key points", "On your own"]
    for part in ("In practice", "Further reading", "Next"):
        assert f"**{part}**" in cells[-1].source
    if name[:2] != "00":
        assert f"](../exercises/{name}/{name[:2]}_exercises.ipynb)" in cells[-1].source
    learn = re.search(r"\*\*What you'll learn\*\*(.+?)\*\*What you'll need", opening, re.DOTALL)[1]
    assert len(re.findall(r"^- [a-z]+ ", learn, re.MULTILINE)) >= 3


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_shows_a_result_early_and_no_errors_or_warnings(name):
    code = [cell for cell in LESSONS[name].read().cells if cell.cell_type == "code"]
    body = [cell for cell in code if not has_tag(cell, "parameters", "setup")]
    assert any(
        "text/html" in o.get("data", {}) or "image/png" in o.get("data", {})
        for cell in body[:3]
        for o in cell.outputs
    )
    for cell in code:
        assert all(o.output_type != "error" and o.get("name") != "stderr" for o in cell.outputs), (
            cell.id
        )
        assert len(cell.source.splitlines()) <= 20, cell.id


@pytest.mark.parametrize("name", LESSONS)
def test_links_between_lessons_lead_somewhere(name):
    for cell in LESSONS[name].read().cells:
        for link in re.findall(
            r"\]\(([^)#]+)(?:#[^)]*)?\)", cell.source if cell.cell_type == "markdown" else ""
        ):
            assert link.startswith("http") or (NOTEBOOKS / link).exists(), link


@pytest.mark.parametrize("name", LESSONS)
def test_further_reading_is_links(name):
    closing = LESSONS[name].read().cells[-1].source
    named = re.search(r"\*\*Further reading\*\*(.+?)\*\*Next\*\*", closing, re.DOTALL)[1]
    assert len(re.findall(r"\]\(https://[^)\s]+\)", named)) >= 2


@pytest.mark.parametrize("name", LESSONS)
def test_stored_notebooks_are_in_their_one_shape(name):
    stored = LESSONS[name].read()
    assert nbformat.writes(normalise(LESSONS[name].read())) == nbformat.writes(stored)
    for output in (o for c in stored.cells if c.cell_type == "code" for o in c.outputs):
        text = str(output.get("text", "")) + str(output.get("data", {}).get("text/plain", ""))
        assert str(ROOT) not in text


@pytest.mark.parametrize("name", FROM_05_TO_08)
def test_a_lesson_with_a_sandbox_says_where_its_files_lie(name):
    cells = LESSONS[name].read().cells
    if any("lesson.sandbox()" in cell.source for cell in cells):
        prose = " ".join(cell.source for cell in cells if cell.cell_type == "markdown")
        assert f"`data/sandbox-dev-{name[:2]}" in prose


@pytest.mark.parametrize("name", FROM_05_TO_08)
def test_no_text_in_a_stored_table_is_cut(name):
    for cell in LESSONS[name].read().cells:
        for output in cell.get("outputs", []):
            table = output.get("data", {}).get("text/html", "")
            assert not re.search(r"<td[^>]*>[^<]*\.\.\.</td>", table), cell.id


def test_only_cells_that_vary_by_nature_are_left_out_of_the_comparison():
    left_out = {
        name: [c.id for c in lesson.read().cells if has_tag(c, "nbval-ignore-output")]
        for name, lesson in LESSONS.items()
    }
    assert sum(map(len, left_out.values())) <= 12, left_out
    skipped = [
        c.id
        for lesson in LESSONS.values()
        for c in lesson.read().cells
        if has_tag(c, "nbval-skip", "raises-exception")
    ]
    assert skipped == []
