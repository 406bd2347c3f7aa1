"""Relative links and pictures of Markdown: where they lead, and what has to lie beside a copy."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

from course.environment import ROOT, faq_page

# a link in HTML, which Markdown may hold as well
IN_HTML = re.compile(r"""\b(?:href|src)\s*=\s*["']([^"']+)["']""", re.IGNORECASE)
NAMED_IN_HTML = re.compile(r"""\b(?:id|name)\s*=\s*["']([^"']+)["']""", re.IGNORECASE)
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
FAQ_ENTRY = re.compile(r"(?<![\w/(\[`.-])`?FAQ\.md#([a-z0-9-]+)`?(?![\w\])])")


def texts(path: Path) -> list[str]:
    """The Markdown of a file: a notebook's cells of text, else all of it."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return [text]
    cells = json.loads(text)["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]


def links(text: str) -> list[str]:
    """The targets of a Markdown text's links and pictures, as they are written; what stands in code
    is none."""
    found = []
    for token in _tokens(text):
        if token.type in ("link_open", "image"):
            found.append(str(token.attrs.get("href") or token.attrs.get("src") or ""))
        elif token.type in ("html_inline", "html_block"):
            found += IN_HTML.findall(token.content)
    return found


def is_relative(link: str) -> bool:
    """Whether a link leads to another file, and not into the network or within the page."""
    return bool(link) and not ELSEWHERE.match(link) and not link.startswith("#")


def destination(link: str, page: Path) -> tuple[Path, str]:
    """The file that a relative link of a page leads to, and the anchor in it (empty for none)."""
    path, _, anchor = link.partition("#")
    target = Path(os.path.normpath(page.parent / unquote(path))) if path else page
    return target, unquote(anchor)


def anchors(path: Path) -> set[str]:
    """The anchors of a file: of each heading as GitHub and as JupyterLab write it where both agree,
    and those that HTML names."""
    found: set[str] = set()
    for text in texts(path):
        tokens = list(_tokens(text))
        for token, inner in pairwise(tokens):
            if token.type == "heading_open":
                title = "".join(
                    each.content for each in inner.children or [] if each.type != "image"
                )
                on_github = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
                if on_github == title.replace(" ", "-"):
                    found.add(on_github)
            elif token.type in ("html_inline", "html_block"):
                found |= set(NAMED_IN_HTML.findall(token.content))
    return found


def linked_files(files: Iterable[Path], root: Path = ROOT) -> list[Path]:
    """The files below `root` that these link to, and those that they link to in turn, without these
    themselves."""
    given = {Path(os.path.normpath(file)) for file in files}
    seen, waiting = set(given), list(given)
    while waiting:
        page = waiting.pop()
        if page.suffix not in (".md", ".ipynb"):
            continue
        for link in [link for text in texts(page) for link in links(text) if is_relative(link)]:
            target, _ = destination(link, page)
            if target not in seen and target.is_file() and target.is_relative_to(root):
                seen.add(target)
                waiting.append(target)
    return sorted(seen - given)


def with_links(text: str) -> str:
    """Markdown for this kernel's notebook in which each entry of the FAQ that is named outside of
    a block of code is a link to it."""
    page, parts = faq_page(), text.split("```")
    parts[::2] = [
        FAQ_ENTRY.sub(lambda found: f"[FAQ.md#{found[1]}]({page}#{found[1]})", part)
        for part in parts[::2]
    ]
    return "```".join(parts)


def _tokens(text: str) -> Iterator:
    from markdown_it import MarkdownIt

    for token in MarkdownIt("commonmark").enable("table").parse(text):
        yield token
        yield from token.children or []
