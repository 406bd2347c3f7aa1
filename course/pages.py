"""Pages made of notebooks: what comes from data is text, nothing of it runs, and a keyboard gets
everywhere."""

from __future__ import annotations

import base64
import html
import re
from typing import TYPE_CHECKING, Any

from course.environment import NOTEBOOKS

if TYPE_CHECKING:
    from nbconvert import HTMLExporter
    from nbformat import NotebookNode

# What a page without scripts may do: show itself and the pictures that are in it.
CLOSED = "base-uri 'none'; form-action 'none'"
STILL = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; {CLOSED}"

TAGS = {  # what Markdown and pandas write
    *(
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "code",
        "dd",
        "del",
        "details",
        "div",
        "dl",
        "dt",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
    ),
    *(
        "hr",
        "i",
        "img",
        "kbd",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "span",
        "strong",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
    ),
    *("th", "thead", "tr", "u", "ul"),
}


def _of_a_picture(tag: str, name: str, value: str) -> bool:
    """A picture lies beside the page or in it; one from elsewhere would tell who reads."""
    return name in ("alt", "title") or (
        name == "src" and ":" not in value and not value.strip().startswith(("//", "\\"))
    )


ATTRIBUTES = {
    "*": ["class", "id"],
    "a": ["href", "title"],
    "img": _of_a_picture,
    "ol": ["start"],
    "td": ["colspan", "rowspan"],
    "th": ["colspan", "rowspan", "scope"],
}
# it would stand there as text
STYLE_OF_PANDAS = re.compile(r"<style scoped>.*?</style>", re.DOTALL)
TABLE = re.compile(r"<table\b[^>]*>.*?</table>", re.DOTALL)
# a lesson's text alternative, in the cell after the picture
IN_WORDS = re.compile(r"\*In words: (.+?)\*", re.DOTALL)
# as bleach writes them
PICTURE = re.compile(r"""(<img\b[^>]*?\bsrc=")pictures/([\w.-]+)(?=")""")
RELATIVE_LINK = re.compile(
    r"""<a\b[^>]*?\bhref="(?!https?:|mailto:|#)([^"]*)"[^>]*>(.*?)</a>""", re.DOTALL
)
LESSON_LINK = re.compile(r"(\d\d_\w+)\.ipynb(?:#.*)?")
TITLE = re.compile(r"""title\s*=\s*["'](.+?)["']""")


def as_text(value: Any) -> Any:
    """A text from the data for Markdown, where all of it is text: no markup, link, formula.

    Of a DataFrame, the texts in it; what is no text stays as it is.
    """
    if hasattr(value, "map"):
        return value.map(as_text)
    if not isinstance(value, str):
        return value
    line = re.sub(
        r"""[&<>"'`*_\[\]\\|~#$:@]""", lambda sign: f"&#{ord(sign[0])};", " ".join(value.split())
    )
    return re.sub(r"(?i)(www)\.", r"\1&#46;", line)


def exporter(kind: type[HTMLExporter], lessons: str = "", **options: Any) -> HTMLExporter:
    """One of nbconvert's exporters for HTML that takes nothing over from a notebook but harmless
    markup, and needs no file beside its page; `describe` comes before it.

    lessons: what the page of a lesson ends in (`.slides.html`), so that lessons link to each other.
    """
    made = kind(sanitize_html=True, **options)
    made.register_filter("clean_html", lambda content: _alone(clean(content), lessons))
    return made


def _alone(page: str, lessons: str) -> str:
    """Clean HTML with the lessons' pictures in it. A link to another file is text there, for the
    page may lie anywhere; one to a lesson leads to its page, where there is one."""

    def link(found: re.Match) -> str:
        lesson = LESSON_LINK.fullmatch(found[1]) if lessons else None
        return f'<a href="{lesson[1]}{lessons}">{found[2]}</a>' if lesson else found[2]

    return RELATIVE_LINK.sub(link, PICTURE.sub(_picture, page))


def _picture(found: re.Match) -> str:
    path = NOTEBOOKS / "pictures" / html.unescape(found[2])
    kind = {".svg": "image/svg+xml", ".png": "image/png"}.get(path.suffix)
    if not kind or not path.is_file():
        return found[0]
    return f"{found[1]}data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def clean(content: str | bytes) -> str:
    """HTML with TAGS and ATTRIBUTES only; all else stands in it as text. A table can be reached and
    scrolled by keyboard."""
    import bleach  # type: ignore[import-untyped]

    text = content.decode() if isinstance(content, bytes) else str(content)
    harmless = bleach.clean(
        STYLE_OF_PANDAS.sub("", text),
        tags=TAGS,
        attributes=ATTRIBUTES,
        protocols={"http", "https", "mailto"},
    )
    return TABLE.sub(_reachable, harmless)


def _reachable(found: re.Match) -> str:
    heads = [
        re.sub(r"<[^>]+>", "", head).strip()
        for head in re.findall(r"<th\b[^>]*>(.*?)</th>", found[0], re.DOTALL)
    ]
    columns = html.unescape(", ".join([head for head in heads if head and not head.isdigit()][:6]))
    label = html.escape(f"Table: {columns}" if columns else "Table")
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{label}">{found[0]}</div>'


def describe(notebook: NotebookNode) -> NotebookNode:
    """The notebook with a description of each picture in its cell's metadata: the lesson's own, or
    else the plot's title."""
    for cell, following in zip(notebook.cells, [*notebook.cells[1:], None], strict=True):
        if cell.cell_type == "code" and any(
            "image/png" in output.get("data", {}) for output in cell.outputs
        ):
            told = (
                IN_WORDS.search(following.source)
                if following and following.cell_type == "markdown"
                else None
            )
            words = told or TITLE.search(cell.source)
            cell.metadata["alt"] = (
                " ".join(words[1].split())
                if words
                else (f"The picture that the cell {cell.id} draws")
            )
    return notebook
