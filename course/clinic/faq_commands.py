"""The commands of the FAQ, run without a shell: no name of a folder can become a command, and
nothing outside the sandbox is deleted.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from course.environment import ROOT
from dlt_pipelines.deletion import delete
from dlt_pipelines.errors import PipelineError

# what may stand between two commands: the next one runs if the one before it succeeded
BETWEEN = ("&&", ";")


def run_command(line: str, sandbox: Path, agree: bool = False) -> subprocess.CompletedProcess:
    """Run a line of the FAQ in the repository's folder, with the course's own commands on the PATH;
    gives its code and what it printed.

    `data/sandbox` in it stands for the folder `sandbox`, wherever that lies. `rm` deletes inside
    that folder only. What only a shell understands (a pipe, a redirection, `$VARIABLE`) is refused
    with code 2. dlt asks before it deletes, where somebody is there to be asked: `agree` is a yes
    to that, and without it dlt takes silence for a no.
    """
    done = subprocess.CompletedProcess(line, 0, "", "")
    try:
        for words in _commands(line):
            done = _run(words, sandbox, agree)
            if done.returncode:
                break
    except ValueError as error:  # an open quote too
        return subprocess.CompletedProcess(
            line, 2, "", f"Error: {line!r} cannot be run here: {error}"
        )
    return done


def _commands(line: str) -> Iterator[list[str]]:
    """The commands of a line, each as its words."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    words: list[str] = []
    for word in [*lexer, ";"]:
        if word in BETWEEN:
            if words:
                yield words
            words = []
        elif set(word) <= set("();<>|&"):
            raise ValueError(f"{word} needs a shell; give one command after the other")
        elif re.match(r"[^\s\"']*[$`]", word):
            raise ValueError(f"{word} needs a shell; write out what it stands for")
        else:
            words.append(word)


def _run(words: list[str], sandbox: Path, agree: bool) -> subprocess.CompletedProcess:
    words = [_with_folder(word, sandbox) for word in words]
    variables = {}
    while words and re.match(r"[A-Za-z_]\w*=", words[0]):
        name, _, value = words.pop(0).partition("=")
        variables[name] = value
    if not words:
        return subprocess.CompletedProcess(words, 0, "", "")
    if words[0] == "rm":
        return _remove(words, sandbox)
    if agree and words[:2] == ["course", "dlt"]:
        words.insert(2, "-y")
    environment = _at_home() | variables
    program = shutil.which(words[0], path=environment["PATH"])
    if program is None:
        return subprocess.CompletedProcess(words, 127, "", f"{words[0]}: command not found")
    return subprocess.run(
        [program, *words[1:]],
        cwd=ROOT,
        env=environment,
        input="",
        capture_output=True,
        text=True,
    )


def _with_folder(word: str, sandbox: Path) -> str:
    """A word with the sandbox's own folder in place of data/sandbox: as a path, or quoted inside a
    piece of Python.
    """
    if re.match(r"data/sandbox(/|$)", word):
        return str(sandbox) + word.removeprefix("data/sandbox")
    return re.sub(
        r"'data/sandbox(/[^']*)?'", lambda found: repr(sandbox.as_posix() + (found[1] or "")), word
    )


def _remove(words: list[str], sandbox: Path) -> subprocess.CompletedProcess:
    """`rm [-r] PATH …`, inside the sandbox only, and no link."""
    for word in (word for word in words[1:] if not word.startswith("-")):
        path = ROOT / word
        if not os.path.lexists(path):
            return subprocess.CompletedProcess(
                words, 1, "", f"rm: {word}: No such file or directory"
            )
        try:
            delete(path, inside=sandbox)
        except PipelineError as error:
            return subprocess.CompletedProcess(words, 1, "", f"Error: {error.what}")
    return subprocess.CompletedProcess(words, 0, "", "")


def _at_home() -> dict[str, str]:
    """This process's environment with the course's own commands first on the PATH, and without what
    a fault has set.
    """
    kept = {
        key: value
        for key, value in os.environ.items()
        if key not in ("PYTHONPATH", "VIRTUAL_ENV", "COURSE_MEMORY_LIMIT")
    }
    return kept | {"PATH": sysconfig.get_path("scripts") + os.pathsep + os.environ.get("PATH", "")}
