"""The files that a path names: a file, a folder with all below it, or a pattern.

Links are followed; each folder and each file is found once, however many links lead to it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from fnmatch import fnmatch
from glob import has_magic
from pathlib import Path

from dlt_pipelines.errors import PipelineError


def find_paths(path: str | Path) -> tuple[Path, list[Path]]:
    """The folder that names are told from, and what is found: files, and links that lead nowhere.

    A part of the path that there is under that very name is taken as it is written; another part
    may be a pattern (`*`, `?`, `[…]`, `**` for any depth). A folder that a pattern matches is
    searched. The paths are sorted. Raises PipelineError where there is no such path.
    """
    whole = expanded(path).absolute()
    base, *parts = Path(whole.anchor), *whole.parts[1:]
    while parts and os.path.lexists(base / parts[0]):
        base /= parts.pop(0)
    if parts and not has_magic(parts[0]):
        raise PipelineError(
            f"There is no folder or file {printable(expanded(path))}.",
            cause="the path is misspelt, or relative to another folder than the one you are in",
            fix="check it with ls (dir on Windows) and give --path again",
            faq="no-such-path",
        )
    matches = [match for match in _matches(base, parts) if not _holds(match, base)]
    found = [each for match in matches for each in _files_at(match)]
    if not base.is_dir():
        base = base.parent
    return base, _once(base, found)


def expanded(path: str | Path) -> Path:
    """The path with the home folder for a `~` at its beginning, unless there is such a file."""
    if not os.path.lexists(path):
        with suppress(RuntimeError):  # no such user
            return Path(path).expanduser()
    return Path(path)


def printable(path: str | Path) -> str:
    """A path as text that can be written anywhere: bytes that are not UTF-8 stand as \\xff."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def writable(path: str | Path) -> str:
    """A path as it stands in a notebook's parameters, absolute.

    Raises PipelineError where it is no UTF-8 text.
    """
    whole = str(expanded(path).absolute())
    if printable(whole) != whole:
        raise PipelineError(
            f"{printable(whole)} is no UTF-8 text, and cannot be written into a notebook.",
            cause="the name was made on a system with other letters",
            fix="name a folder above it, rename it, or load by the script, which takes any name: "
            "python dlt_pipelines/amazon_products_pipeline.py",
            faq="no-such-path",
        )
    return whole


def _matches(base: Path, parts: Sequence[str]) -> Iterator[Path]:
    """What there is below a folder that fits the parts of a pattern."""
    if not parts:
        yield base
        return
    first, *others = parts
    if first == "**":
        for folder in _folders(base):
            yield from _matches(folder, others)
    elif os.path.lexists(base / first):
        yield from _matches(base / first, others)
    elif has_magic(first) and base.is_dir():
        for name in _names(base):
            if fnmatch(name, first):
                yield from _matches(base / name, others)


def _files_at(path: Path) -> Iterator[Path]:
    """A file itself; all files below a folder, and links that lead nowhere."""
    inside = (folder / name for folder in _folders(path) for name in _names(folder))
    for each in inside if path.is_dir() else [path]:
        if each.is_file() or (each.is_symlink() and not each.exists()):
            yield each


def _folders(base: Path) -> Iterator[Path]:
    """A folder and all below it; links are followed last, and not those that lead back up."""
    waiting, linked = [base], []
    seen: set[str] = set()
    while waiting or linked:
        folder = waiting.pop() if waiting else linked.pop(0)
        real = os.path.realpath(folder)
        if real in seen or _holds(folder, base):
            continue
        seen.add(real)
        yield folder
        for name in _names(folder):
            inside = folder / name
            if inside.is_dir():
                (linked if inside.is_symlink() else waiting).append(inside)


def _holds(folder: Path, other: Path) -> bool:
    """Whether a folder lies above another one, as the end of a link that leads back."""
    return Path(os.path.realpath(folder)) in Path(os.path.realpath(other)).parents


def _names(folder: Path) -> list[str]:
    try:
        return sorted(each.name for each in folder.iterdir())
    except OSError as error:
        raise unreadable(folder, error) from error


def unreadable(path: str | Path, error: Exception | str) -> PipelineError:
    """What is said of a file or folder that cannot be read."""
    return PipelineError(
        f"{printable(path)} cannot be read: {printable(str(error))}",
        cause="it was cut off, you may not read it, a link leads nowhere, or the disk has a fault",
        fix="mend that, or move it out of the folder, and run again: nothing has been loaded",
        faq="unreadable-file",
    )


def _once(base: Path, found: list[Path]) -> list[Path]:
    """The paths, sorted; of several that lead to one file, the one without links."""
    real_base = Path(os.path.realpath(base))
    real = {path: os.path.realpath(path) for path in found}

    def order(path: Path) -> tuple[bool, str]:
        return real[path] != str(real_base / path.relative_to(base)), str(path)

    return sorted({real[path]: path for path in sorted(real, key=order, reverse=True)}.values())
