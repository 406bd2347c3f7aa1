"""Command line: `python -m dlt_pipelines.marketplace generate` and `… serve`."""

import sys
import time
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from . import FIRST_DAY, LAST_DAY, Marketplace
from .dumps import FORMATS, file_names

Format = StrEnum("Format", {name.replace(".", "_"): name for name in FORMATS})  # type: ignore[misc]  # names made from a list

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="The practice marketplace: a made-up shop with items, prices and reviews, "
    "as files or as an HTTP API. "
    f"Its calendar runs from {FIRST_DAY} to {LAST_DAY}; "
    "the same options always give the same records.",
)

Items = Annotated[int, typer.Option(help="Number of items in the catalogue.")]
Reviews = Annotated[
    int,
    typer.Option(
        help="Number of distinct reviews; doubled, edited and malformed records come on top."
    ),
]
Seed = Annotated[int, typer.Option(help="Another seed is another shop (0 or more).")]
Truths = Annotated[
    bool,
    typer.Option(
        "--truths/--no-truths",
        help="Plant the story (a line that goes bad, bought reviews …) and the faults of the feed.",
    ),
]
Day = Annotated[
    datetime,
    typer.Option(
        formats=["%Y-%m-%d"], help="Show what has arrived by this day.", show_default=str(LAST_DAY)
    ),
]
LAST = datetime(LAST_DAY.year, LAST_DAY.month, LAST_DAY.day)


@app.command()
def generate(
    out: Annotated[
        Path, typer.Option(help="Folder to write into; made if it is not there.", file_okay=False)
    ],
    items: Items = 2000,
    reviews: Reviews = 40_000,
    seed: Seed = 1,
    format: Annotated[Format, typer.Option(help="jsonl, jsonl.gz or parquet.")] = Format("jsonl"),
    day: Day = LAST,
    truths: Truths = True,
    force: Annotated[
        bool, typer.Option("--force", help="Replace files that are already there.")
    ] = False,
) -> None:
    """Write the marketplace as files named like those of the real set.

    Writes meta_Practice_Marketplace (items), prices_Practice_Marketplace (price events),
    Practice_Marketplace (reviews, in the order of their arrival) and truths.json (what is
    planted). Parquet has typed columns: malformed records are left out there, helpful_vote
    is always a number, a price that is text is null, and details are JSON text.
    """
    shop = _shop(items, reviews, seed, truths)
    there = [
        name
        for name in (*file_names(format.value).values(), "truths.json")
        if (out / name).exists()
    ]
    if there and not force:
        _stop(
            f"{out} already holds {', '.join(there)}. Add --force to replace them, or choose "
            "another --out."
        )
    try:
        with _Bars() as bars:
            paths = shop.write(out, format.value, day.date(), bars.tell)
    except (ValueError, OSError) as problem:
        _stop(str(problem))
    for path in paths:
        typer.echo(str(path))


@app.command()
def serve(
    items: Items = 2000,
    reviews: Reviews = 40_000,
    seed: Seed = 1,
    day: Day = LAST,
    port: Annotated[
        int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.", min=0, max=65535)
    ] = 0,
    truths: Truths = True,
) -> None:
    """Run the HTTP API on this computer until Ctrl-C; prints its address and token."""
    shop = _shop(items, reviews, seed, truths)
    try:
        with shop.serve(day.date(), port=port) as api:
            typer.echo(f"url    {api.url}\ntoken  {api.token}")
            typer.echo("Stop it with Ctrl-C.", err=True)
            while True:
                time.sleep(3600)
    except KeyboardInterrupt:
        typer.echo("stopped", err=True)
    except (ValueError, OSError) as problem:
        _stop(str(problem))


def _shop(items: int, reviews: int, seed: int, truths: bool) -> Marketplace:
    try:
        return Marketplace(items, reviews, seed, truths)
    except ValueError as problem:
        _stop(str(problem).replace("truths=False", "--no-truths"))


def _stop(message: str) -> NoReturn:
    typer.echo(f"Error: {message}", err=True)
    raise typer.Exit(2)


class _Bars:
    """Progress on stderr: bars with rows and rate in a terminal, one line a table elsewhere."""

    def __init__(self) -> None:
        self.bars = Progress(
            TextColumn("{task.description:>9}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self.started: dict[str, float] = {}
        self.tasks: dict = {}
        self.live = sys.stderr.isatty()
        self.last = time.perf_counter()

    def __enter__(self) -> "_Bars":
        if self.live:
            self.bars.start()
        return self

    def __exit__(self, *problem) -> None:
        if self.live:
            self.bars.stop()

    def tell(self, table: str, done: int, total: int) -> None:
        """One step on: `done` of `total` records of a table are written."""
        now = time.perf_counter()
        rate = f"{done / max(now - self.started.setdefault(table, self.last), 1e-6):,.0f} rows/s"
        if self.live:
            if table not in self.tasks:
                self.tasks[table] = self.bars.add_task(table, total=total, rate="")
            self.bars.update(self.tasks[table], completed=done, rate=rate)
        elif done == total:
            print(f"{table:>9}  {done:>12,} rows  {rate}", file=sys.stderr)
        self.last = now


if __name__ == "__main__":
    app(prog_name="python -m dlt_pipelines.marketplace")
