"""An answer's own error, as Python, DuckDB, dlt or dbt words it, with the line of the learner's cell
or file.
"""

from __future__ import annotations

import linecache
import re
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import yaml

from course.checks import root_of
from dlt_pipelines.errors import PipelineError

LONGEST = 900  # letters of an error that are shown
_cells: list[tuple[str, BaseException | None]] = []  # what this kernel has run, and how it ended


def watch_cells(shell: Any) -> None:
    """Remember of each cell that a notebook runs its text and the error that ended it, if any."""

    def note(result: Any) -> None:
        _cells.append((result.info.raw_cell, result.error_before_exec or result.error_in_exec))

    if not getattr(shell, "_course_watches_cells", False):
        shell.events.register("post_run_cell", note)
        shell._course_watches_cells = True


def error_of_cell(stubs: list[str]) -> BaseException | None:
    """The error that ended the last run of an answer's cell; None where it ended well.

    An answer's cell is one that gives its value to a name, or writes a file, that a stub does.
    """
    wanted = {name for stub in stubs for name in _made_by(stub)}
    for source, error in reversed(_cells):
        if wanted & set(_made_by(source)):
            return error
    return None


def _made_by(source: str) -> Iterator[str]:
    """The functions, variables and file that a cell's text makes, also where it cannot be parsed."""
    yield from re.findall(r"^(?:async )?def (\w+)", source, re.MULTILINE)
    yield from re.findall(r"^(\w+) *=(?!=)", source, re.MULTILINE)
    yield from re.findall(r"\A%%writefile (\S+)", source)


def told(error: BaseException, files: Mapping[str, Path]) -> str:
    """An error as text of several lines: what the tool says, and the line that it speaks of.

    files: what the learner has written, by the name that it has in `%%writefile`.
    """
    error = root_of(error)
    if isinstance(error, PipelineError):
        text = _of_files(error.said or error.what, files)
        place = "" if any(name in text for name in files) else f"\nin {', '.join(files)}"
        return _short(text + place * bool(files))
    if isinstance(error, SyntaxError):
        where = f"line {error.lineno} of your cell: {(error.text or '').strip()}"
        return f"{type(error).__name__}: {error.msg}\n{where}"
    if isinstance(error, duckdb.Error):
        return "\n".join([_short(_of_files(str(error), files)), *_line_of(error)])
    return "\n".join([_short(f"{type(error).__name__}: {error}"), *_line_of(error)])


def _line_of(error: BaseException) -> list[str]:
    """The last line of a cell that the error came through: its number and its text."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        text = linecache.getline(frame.filename, frame.lineno or 0).strip()
        if text and not Path(frame.filename).exists():  # a cell is no file
            return [f"line {frame.lineno} of your cell: {text}"]
    return []


def _of_files(text: str, files: Mapping[str, Path]) -> str:
    """The words of dbt or DuckDB, paths and line numbers being those of the learner's files."""
    text = re.sub(r"@ \w+: \{.*\} - at path ", "at ", text, flags=re.DOTALL)  # all that a file holds
    text = re.sub(r"^ *> (in|called by) macro .*$", "", text, flags=re.MULTILINE)  # dbt's own ones
    text = text.replace("is not of type 'array'", "is no list. A list is written [a, b]")
    for name, path in files.items():
        inner = name.removeprefix("dbt/")
        text = text.replace(f"({inner})", f"({name})").replace(f" {inner}", f" {name}")
        text = text.replace(f"amazon_analytics: {inner.partition('/')[2]}", name)
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        for found in re.finditer(r"LINE \d+: (.*)\n *\^", text):
            same = [n for n, line in enumerate(lines, 1) if found[1].strip(". ") in line]
            if len(same) == 1 and found[1].strip(". "):
                text = text.replace(found[0], f"line {same[0]} of {name}: {found[1].strip()}")
    return text


def old_words(texts: Iterable[str]) -> str:
    """A remark on YAML that dbt still reads, though it has a newer name; empty where there is none."""
    for text in texts:
        with suppress(yaml.YAMLError):
            if "tests" in _keys(yaml.safe_load(text)):
                return "dbt still reads `tests:`, but that is the old name: write `data_tests:`."
    return ""


def _keys(node: Any) -> Iterator[str]:
    """All keys in what a YAML text holds, at any depth."""
    if isinstance(node, dict):
        yield from map(str, node)
    for each in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _keys(each)


def _short(text: str) -> str:
    text = "\n".join(line.rstrip() for line in text.splitlines() if line.strip())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"
