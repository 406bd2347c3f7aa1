"""Groups of packages beside the core: what is missing of them, how they are installed, and how the
locks are written.

A group is an extra of pyproject.toml with a lock of its own, requirements/GROUP.txt. That lock
names what the group adds to requirements.txt, and nothing twice.
"""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from course.doctor import CORE, GROUPS, drift, pins
from course.environment import ROOT
from dlt_pipelines.errors import PipelineError

UV = (sys.executable, "-m", "uv", "pip")
# Of what pip and uv take from the environment, only where packages come from: PIP_USER, PIP_TARGET,
# UV_PYTHON … put them elsewhere.
FROM = re.compile(
    "INDEX|LINKS|PROXY|CERT|HOST|CACHE|TIMEOUT|RETRIES|KEYRING|OFFLINE|TLS|CONFIG_FILE|CREDENTIALS"
)
EXCLUDED = "\n# The following packages were excluded"


def groups() -> list[str]:
    """The names of all groups."""
    return sorted(path.stem for path in GROUPS.glob("*.txt"))


def missing(group: str) -> list[str]:
    """The packages of a group's lock that are not installed, or not in the lock's version.

    Raises PipelineError where there is no such group.
    """
    if group not in groups():
        raise PipelineError(
            f"There is no group {group!r}.",
            cause="the name is misspelt",
            fix=f"course add lists them: {', '.join(groups())}",
            faq="missing-group",
        )
    absent, other = drift(GROUPS / f"{group}.txt")
    return sorted([*absent, *(each.split()[0] for each in other)])


def need(group: str, what: str) -> None:
    """Raise PipelineError where packages of a group are missing without which `what`, a command,
    cannot do its work.
    """
    absent = missing(group)
    if absent:
        raise PipelineError(
            f"{what} needs the group {group}, which is not installed "
            f"({', '.join(absent[:3])}{' …' if len(absent) > 3 else ''}).",
            cause="what is installed at first runs the pipeline and the lessons; this needs more",
            fix=f"course add {group}",
            faq="missing-group",
        )


def add(names: Iterable[str], tell: Callable[[str], object]) -> None:
    """Install groups. `tell` hears beforehand what will be fetched; what is there already is not
    fetched again.

    Raises PipelineError where there is no such group, or where it could not be installed.
    """
    wanted = {name: missing(name) for name in names}
    for name, absent in wanted.items():
        count = f"{len(absent)} {'package' if len(absent) == 1 else 'packages'} to fetch"
        tell(f"{name}: {count}: {', '.join(absent)}" if absent else f"{name}: is there already")
    locks = [str(GROUPS / f"{name}.txt") for name, absent in wanted.items() if absent]
    if not locks:
        return
    error = _install(locks)
    importlib.invalidate_caches()
    left = [name for name in wanted if missing(name)]
    if left:
        raise PipelineError(
            f"Not installed: {', '.join(left)}. {error}".strip(),
            cause="no network, or a proxy that stands between the installer and the package index",
            fix=f"with a network, course add {' '.join(left)}; without one, from a folder of "
            "wheels, as the entry says",
            faq="missing-group",
        )


def _install(locks: Sequence[str]) -> str:
    """Install what the locks name, with uv, and where that fails with pip. Returns the last line of
    each one's error, or nothing.
    """
    options = [
        "--quiet",
        "--no-deps",
        "--require-hashes",
        *(word for lock in locks for word in ("-r", lock)),
    ]
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PIP_", "UV_")) or FROM.search(name)
    }
    said = []
    for command in (
        [
            *UV,
            "install",
            "--python",
            sys.executable,
            "--system-certs",
            "--compile-bytecode",
            *options,
        ],
        [sys.executable, "-m", "pip", "install", "--no-user", "--target=", *options],
    ):
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if not done.returncode:
            return ""
        said += done.stderr.strip().splitlines()[-1:]
    return "; ".join(said)


def write_locks(options: Sequence[str] = ()) -> list[Path]:
    """Write requirements.txt, then each group's lock with everything written before as constraints;
    return their paths.

    `options` are handed to `uv pip compile`, such as --upgrade.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    _compile(CORE, options)
    core, written = sorted(pins(CORE)), [CORE]
    for group in sorted(project["optional-dependencies"]):
        lock = GROUPS / f"{group}.txt"
        within = [
            word for each in written for word in ("--constraint", each.relative_to(ROOT).as_posix())
        ]
        left_out = [word for name in core for word in ("--no-emit-package", name)]
        _compile(lock, [*options, "--extra", group, *within, *left_out])
        lock.write_text(
            lock.read_text(encoding="utf-8").partition(EXCLUDED)[0].rstrip() + "\n",
            encoding="utf-8",
        )
        written.append(lock)
    return written


def _compile(lock: Path, options: Sequence[str]) -> None:
    """One lock, for every system and every Python that the course knows, with hashes and without
    the address of an index.
    """
    lock.parent.mkdir(exist_ok=True)
    form = (
        "--universal --generate-hashes --no-emit-index-url --no-strip-extras --no-header "
        "--python-version 3.11 --quiet"
    )
    command = [
        *UV,
        "compile",
        *form.split(),
        "pyproject.toml",
        "--output-file",
        str(lock),
        *options,
    ]
    subprocess.run(command, cwd=ROOT, env=os.environ | {"UV_SYSTEM_CERTS": "1"}, check=True)
