"""What is wrong here? Looks at the machine, the environment, a target and its last run, and names
what it finds.

`course doctor` looks at everything. `python course/doctor.py` looks at Python, packages and
repository with the standard library alone, so that it works in an environment that is broken, and
with an old Python.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

ROOT = Path(__file__).resolve().parent.parent
# the lock, and one for each group of packages beside it
CORE, GROUPS = ROOT / "requirements.txt", ROOT / "requirements"
PROJECT = "local-data-stack-course"
SUITABLE = ((3, 11), (3, 13))
NO_ROOM_GB, LEAST_FREE_GB = 0.2, 2
STATES = ("ok", "note", "found", "could not look")


@dataclass
class Finding:
    """One thing that was looked at: its state (one of STATES), and for what was found the fault's
    name, which is its entry in FAQ.md.
    """

    looked_at: str
    state: str = "ok"
    detail: str = ""
    fault: str = ""
    fix: list[str] = field(default_factory=list)

    @property
    def faq(self) -> str:
        return f"FAQ.md#{self.fault}" if self.fault else ""


def found(looked_at: str, fault: str, detail: str, target: str = "") -> Finding:
    """A finding of a fault, with the commands of its entry in the FAQ as the fix."""
    return Finding(looked_at, "found", detail, fault, commands(fault, target))


def entry(anchor: str) -> str:
    """The text of an entry of FAQ.md; empty where there is none."""
    faq = ROOT / "FAQ.md"
    text = faq.read_text(encoding="utf-8") if faq.exists() else ""
    match = re.search(rf"^## {re.escape(anchor)}\n(.*?)(?=^#+ |\Z)", text, re.MULTILINE | re.DOTALL)
    return match.group(1) if match else ""


def commands(anchor: str, target: str = "") -> list[str]:
    """The commands of an entry that put the matter right: those of the last block that a test runs.
    `target` replaces sandbox in them.
    """
    blocks = re.findall(r"```bash\n([^`]+)```\n\*Run by a test", entry(anchor))
    lines = blocks[-1].strip().splitlines() if blocks else []
    return [line.replace("sandbox", target) if target else line for line in lines]


def examine_machine() -> Iterator[Finding]:
    """Machine, Python, packages, PATH and repository; the standard library is all that it needs."""
    yield _machine()
    yield _clock()
    yield _python()
    yield _packages()
    yield _commands_on_path()
    yield _repository()


def _machine() -> Finding:
    """The disks of the folders that are written to: is there room, and may one write?"""
    folders = {
        name: Path(os.environ.get(f"COURSE_{name.upper()}") or ROOT / name).expanduser()
        for name in ("data", "runs", "my_work")
    }
    there = {
        name: next(each for each in (folder, *folder.absolute().parents) if each.exists())
        for name, folder in folders.items()
    }
    if shut := [name for name, folder in there.items() if not os.access(folder, os.W_OK)]:
        told = f"the folder for {shut[0]}, {folders[shut[0]]}, cannot be written to"
        return found("machine", "cannot-write", told)
    room = {name: shutil.disk_usage(folder).free / 1e9 for name, folder in there.items()}
    name, free = min(room.items(), key=lambda each: each[1])
    cores = os.cpu_count()
    detail = f"{platform.system()}, {cores} cores, {free:.1f} GB free on the disk of {name}"
    if free < NO_ROOM_GB:
        return found("machine", "full-disk", detail)
    if free < LEAST_FREE_GB:
        why = "DuckDB needs room to sort and to grow; data/ and runs/ can be deleted"
        return Finding("machine", "note", f"{detail}: {why}")
    return Finding("machine", detail=detail)


def _clock() -> Finding:
    """Is the clock behind the course's own files? That is told of one that was set back only."""
    ours = [ROOT / name for name in ("README.md", "requirements.txt", "pyproject.toml")]
    ahead = max(path.stat().st_mtime for path in ours if path.exists()) - time.time()
    if ahead > 3600:
        told = f"it is {ahead / 3600:,.0f} hours behind the files of the course"
        return found("clock", "wrong-clock", told)
    return Finding("clock", detail=time.strftime("%Y-%m-%d %H:%M %Z"))


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if not SUITABLE[0] <= sys.version_info[:2] <= SUITABLE[1]:
        return found(
            "Python", "old-python", f"this is Python {version}; the course needs 3.11, 3.12 or 3.13"
        )
    offered = {
        name: _version_of(name)
        for name in ("python3", "python3.13", "python3.12", "python3.11", "python", "py")
        if shutil.which(name)
    }
    if offered and not any(SUITABLE[0] <= each <= SUITABLE[1] for each in offered.values()):
        versions = ", ".join(
            f"{name} is {'.'.join(map(str, each)) or 'broken'}" for name, each in offered.items()
        )
        return found("Python", "old-python", f"no Python on the PATH suits: {versions}")
    return Finding("Python", detail=version)


def _version_of(command: str) -> tuple[int, ...]:
    try:
        told = subprocess.run([command, "--version"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    match = re.search(r"(\d+)\.(\d+)", told.stdout + told.stderr)
    return tuple(map(int, match.groups())) if match else ()


def pins(lock: Path) -> dict[str, tuple[set[str], bool]]:
    """A lock: package name to the versions that it names, and whether every system needs it."""
    named: dict[str, tuple[set[str], bool]] = {}
    for line in lock.read_text(encoding="utf-8").splitlines():
        match = re.match(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)\s*(;?)", line)
        if match:
            name = _plain(match.group(1))
            versions, everywhere = named.get(name, (set(), False))
            named[name] = (versions | {match.group(2)}, everywhere or not match.group(3))
    return named


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def moved() -> str:
    """What is wrong where this Python's environment was made for another folder; else empty.

    An environment keeps the path that it was made in: in the first line of its commands, and in
    what an editable install points to.
    """
    command, home = Path(sys.argv[0]), Path(sys.prefix).resolve().parent
    folder = command.resolve().parent
    if (
        command.stem == "course"
        and (folder.parent / "pyvenv.cfg").exists()
        and folder != Path(sysconfig.get_path("scripts")).resolve()
    ):
        return f"{command} starts the environment in {home}"
    made_for, is_inside = _installed_from(), (home / "course" / "environment.py").is_file()
    # conda's lies elsewhere
    if made_for and (not made_for.exists() or (is_inside and made_for != home)):
        return f"the environment in {sys.prefix} was made for {made_for}"
    return ""


def _installed_from() -> Path | None:
    """The folder that the course was installed from with --editable; None where it was not."""
    for distribution in metadata.distributions(name=PROJECT):
        told = json.loads(distribution.read_text("direct_url.json") or "{}")
        if told.get("dir_info", {}).get("editable"):
            return Path(url2pathname(urlsplit(told["url"]).path)).resolve()
    return None


def drift(lock: Path) -> tuple[list[str], list[str]]:
    """What is missing of a lock, and a clause for each package of another version."""
    wanted = pins(lock)
    installed: dict[str, str] = {}
    # the first one on the path is the one that is imported
    for distribution in metadata.distributions():
        installed.setdefault(_plain(distribution.metadata["Name"] or ""), distribution.version)
    missing = sorted(
        name for name, (_, everywhere) in wanted.items() if everywhere and name not in installed
    )
    other = [
        f"{name} is {installed[name]}, and the lock says {' or '.join(sorted(versions))}"
        for name, (versions, _) in sorted(wanted.items())
        if name in installed and installed[name] not in versions
    ]
    return missing, other


def _packages() -> Finding:
    if where := moved():
        return Finding("packages", "found", where, "moved-checkout", ["make install"])
    missing, other = drift(CORE)
    if len(missing) > len(pins(CORE)) / 2:
        told = (
            f"{sys.executable} is not the course's environment: {len(missing)} packages are missing"
        )
        return found("packages", "command-not-found", told)
    # a group is there when none of its packages is missing; who has not added it need not have it
    added = []
    for lock in sorted(GROUPS.glob("*.txt")):
        absent, differing = drift(lock)
        if not absent:
            added.append(lock.stem)
            other += differing
    if other:
        return found("packages", "wrong-version", "; ".join(other[:3]))
    if missing:
        return found("packages", "wrong-version", f"missing: {', '.join(missing[:5])}")
    groups = f"; added: {', '.join(added)}" if added else ""
    return Finding("packages", detail=f"as the lock says{groups}")


def _commands_on_path() -> Finding:
    ours = Path(sysconfig.get_path("scripts"))
    for name in ("course", "dbt", "dlt"):
        there = shutil.which(name)
        if there and Path(there).parent.resolve() != ours.resolve():
            told = f"{name} on the PATH is {there}, of another environment"
            return found("commands", "command-not-found", told)
        if not there:
            active = os.environ.get("VIRTUAL_ENV")
            if active and Path(active).resolve() != Path(sys.prefix).resolve():
                told = (
                    f"no {name} on the PATH: the environment {active} is active, not {sys.prefix}"
                )
                return found("commands", "command-not-found", told)
            full = ours.relative_to(ROOT) if ROOT in ours.parents else ours
            told = f"no {name} on the PATH: the environment is not active, so type {full / name}"
            return Finding("commands", "note", told)
    return Finding("commands", detail="course, dbt and dlt are the environment's own")


PATHS = re.compile(
    r"(?<![\w./-])((?:tests|notebooks|course|dlt_pipelines|dbt_project|solutions|exercises"
    r"|benchmarks|requirements)/[\w./*-]*\w"
    r"|requirements\.txt|environment\.yml|pyproject\.toml|Makefile)(?![\w/-])"
)


def _repository() -> Finding:
    """Are the locks in step with what is asked for, and is there what the automatic checks name?"""
    problem = _lock_out_of_step() or _path_not_there()
    if problem:
        return found("repository", "ci-failure", problem)
    return Finding(
        "repository", detail="the locks are in step, and every path that the checks name is there"
    )


def _asked_for() -> Iterator[tuple[str, list[str]]]:
    """The lists of packages in pyproject.toml, each with its name: dependencies, and the groups."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    groups = re.search(
        r"^\[project\.optional-dependencies\]\n(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL
    )
    lists = re.findall(r"^(dependencies) = \[(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    lists += re.findall(
        r"^([\w-]+) = \[(.*?)^\]", groups.group(1) if groups else "", re.MULTILINE | re.DOTALL
    )
    for name, packages in lists:
        yield name, re.findall(r'^\s*"([^"]+)"', packages, re.MULTILINE)


def _lock_out_of_step() -> str:
    """What pyproject.toml asks for and a lock does not hold; empty where all is there."""
    for group, packages in _asked_for():
        lock = CORE if group == "dependencies" else GROUPS / f"{group}.txt"
        path = lock.relative_to(ROOT).as_posix()
        if not lock.exists():
            return f"pyproject.toml has a group {group}, and {path}, its lock, is not there"
        locked = pins(CORE) if lock == CORE else {**pins(lock), **pins(CORE)}
        for wanted in packages:
            name, exact = re.match(
                r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?(?:==([\w.]+))?", wanted
            ).groups()
            if name == PROJECT:
                continue  # a group that holds other groups
            if _plain(name) not in locked:
                return f"pyproject.toml asks for {name}, and {path}, the lock, has none"
            if exact and exact not in locked[_plain(name)][0]:
                return (
                    f"pyproject.toml asks for {name} {exact}, {path} has "
                    f"{' '.join(locked[_plain(name)][0])}"
                )
    return ""


def _path_not_there() -> str:
    """A path that a workflow or the Makefile names and that is not there; empty where all are."""
    for file in sorted(
        [*ROOT.glob(".github/workflows/*.yml"), *ROOT.glob(".ci/run"), ROOT / "Makefile"]
    ):
        for path in PATHS.findall(file.read_text(encoding="utf-8")) if file.exists() else []:
            if not any(ROOT.glob(path)):
                return f"{file.relative_to(ROOT).as_posix()} names {path}, which is not there"
    return ""


def name_error(text: str) -> Finding:
    """Name the fault that an error message tells of, by the first sentence of the entries in FAQ.md
    that say what one sees.
    """
    said = re.search(r"FAQ\.md#([a-z-]+)", text)
    faq = (ROOT / "FAQ.md").read_text(encoding="utf-8")
    anchors = re.findall(r"^## ([a-z-]+)$", faq, re.MULTILINE)
    for anchor in anchors:
        see = re.search(r"\*\*You see\*\*(.*?)(?=\n\*\*|\Z)", entry(anchor), re.DOTALL)
        for symptom in re.findall(r"`([^`]{12,})`", see.group(1) if see else ""):
            parts = [
                re.escape(part) for part in re.sub(r"\s+", " ", symptom).split("…") if part.strip()
            ]
            if parts and re.search(".*?".join(parts), re.sub(r"\s+", " ", text)):
                return found("the error", anchor, text.strip().splitlines()[-1][:160])
    if said and said.group(1) in anchors:
        return found("the error", said.group(1), text.strip().splitlines()[0][:160])
    return Finding(
        "the error",
        "could not look",
        "no entry of FAQ.md tells of this message; its last line says most",
    )


def tell(
    findings: Iterable[Finding], as_json: bool = False, write: Callable[[str], object] = print
) -> int:
    """Print findings as they come, a line each, or all as JSON.

    Returns 0 where all is well, 1 where something was found, 2 where something could not be looked
    at.
    """
    seen = []
    for each in findings:
        seen.append(each)
        if not as_json:
            mark = {"ok": "OK  ", "note": "note", "found": "NOT ", "could not look": "?   "}[
                each.state
            ]
            write(
                f"{mark} {each.looked_at:<12} "
                f"{each.fault + ': ' if each.fault else ''}{each.detail}"
            )
            for number, line in enumerate(each.fix):
                write(f"{'':<18}{'fix:  ' if not number else '      '}{line}")
            if each.fault:
                write(f"{'':<18}read: {each.faq}")
    if as_json:
        write(json.dumps([{**asdict(each), "faq": each.faq} for each in seen], indent=2))
    states = {each.state for each in seen}
    return 1 if "found" in states else 2 if "could not look" in states else 0


def main(arguments: list[str] | None = None) -> int:
    """The command line of `python course/doctor.py`."""
    parser = argparse.ArgumentParser(
        description="Look at Python, packages and repository. `course "
        "doctor` looks at targets and runs, too."
    )
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.add_argument("--error", metavar="TEXT", help="name the fault that a message tells of")
    options = parser.parse_args(arguments)
    findings: Iterable[Finding] = (
        [name_error(options.error)] if options.error else examine_machine()
    )
    return tell(findings, options.json)


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    # course/dbt.py is not dbt
    sys.path[:] = [path for path in sys.path if Path(path or ".").resolve() != here]
    sys.exit(main())
