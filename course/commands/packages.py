"""Packages beside the core: `course add`, and for authors `course lock`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from course.environment import ROOT

app = typer.Typer()


@app.command(rich_help_panel="Learn and run")
def add(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="GROUP", help="The groups; none lists them.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All groups.")] = False,
) -> None:
    """Install what serves no run: packages for tests, benchmarks, teaching, pages.

    Says what it will fetch before it does; what is there already is not fetched again. With no
    group, it lists them and fetches nothing.

        course add teaching      to grade
        course add --all         before a train ride, or a workshop
    """
    from course.groups import add as install
    from course.groups import groups, missing

    console = Console()
    if not names and not everything:
        for group in groups():
            state = f"{len(absent)} packages to fetch" if (absent := missing(group)) else "is there"
            console.print(f"{group:<12} {state}", highlight=False)
        return
    install(
        groups() if everything else names or [],
        lambda line: console.print(line, highlight=False, soft_wrap=True),
    )


@app.command(rich_help_panel="For authors")
def lock(
    upgrade: Annotated[
        bool, typer.Option("--upgrade", help="Take the newest packages that pyproject.toml allows.")
    ] = False,
) -> None:
    """Write requirements.txt and the lock of each group from pyproject.toml. Needs the network."""
    from course.groups import write_locks

    for path in write_locks(["--upgrade"] if upgrade else []):
        Console().print(path.relative_to(ROOT).as_posix(), highlight=False)
