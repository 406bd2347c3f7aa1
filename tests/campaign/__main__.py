"""The campaign as a command: see the package."""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

from dlt_pipelines.marketplace.troubles import TROUBLES

from .fed import mix_in_malformed_lines
from .grounds import Grounds
from .interrupted import kill_dbt, kill_increment, kill_load
from .looked import look_beside
from .starved import fill_disk, trouble_api
from .trial import Field, Part, Trial, table

# Each part, and its share of the trials.
PARTS: dict[str, tuple[Part, int]] = {
    "loads": (kill_load, 40),
    "increments": (kill_increment, 20),
    "dbt": (kill_dbt, 15),
    "api": (trouble_api, 10),
    "disk": (fill_disk, 10),
    "fuzz": (mix_in_malformed_lines, 5),
    "looks": (look_beside, 5),
}
Todo = Mapping[str, Sequence[int]]  # the numbers of a part's trials
NEED_UNIX = ("loads", "increments", "dbt", "disk", "looks")
NOTES = """
differences: raw tables that end otherwise than undisturbed, halves seen in between, what was left.
marts differing: of the trials in which models were built ({built}); loads build them in one of
three trials. unclear ends: a traceback where an error with a way out was due.
"""


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    parts = options.only or list(PARTS)
    skipped = {}
    if os.name == "nt":
        why = "killing a group of processes and limiting files need a Unix system"
        skipped = {part: why for part in parts if part in NEED_UNIX}
    folder = Path(tempfile.mkdtemp(prefix="course-campaign-"))
    begun = time.monotonic()
    try:
        todo = shares([part for part in parts if part not in skipped], options.trials)
        trials = run(todo, options.seed, folder, options.keep)
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"\n{table(trials, skipped)}")
    print(NOTES.format(built=sum(trial.models_differ is not None for trial in trials)))
    print(f"seed {options.seed}, {time.monotonic() - begun:.0f} s in all", end="")
    print(f", wrong ones kept in {folder}" if options.keep else "")
    return int(any(trial.is_wrong for trial in trials))


def run(todo: Todo, seed: int, folder: Path, keep: bool = False) -> list[Trial]:
    """The trials of each part that have these numbers, a line on stderr for each."""
    field = Field(Grounds(folder / "grounds"), folder, random.Random(seed), keep)
    trials: list[Trial] = []
    for part, numbers in todo.items():
        for number in numbers:
            field.draw = random.Random(f"{seed} {part} {number}")
            begun = time.monotonic()
            trial = _try(part, field, number)
            trial.seconds = time.monotonic() - begun
            trials.append(trial)
            line = f"{len(trials):>4} of {sum(map(len, todo.values()))} {trial.line()}"
            print(line, file=sys.stderr, flush=True)
            field.clear(number, trial.is_wrong)
    return trials


def _try(part: str, field: Field, number: int) -> Trial:
    """One trial; where the campaign itself stumbles, that is told as a trial that went wrong."""
    try:
        return PARTS[part][0](field, number)
    except Exception as error:
        told = "".join(traceback.format_exception(error)[-3:])
        return Trial(part, f"trial {number}", unclear=f"the campaign stumbled: {told}")


def shares(parts: list[str], trials: int) -> Todo:
    """The trials shared out among the parts, at least one each; each trouble of the API once."""
    whole = sum(PARTS[part][1] for part in parts)
    counts = {part: max(1, round(trials * PARTS[part][1] / whole)) for part in parts}
    if "api" in counts:
        counts["api"] = max(counts["api"], len(TROUBLES))
    return {part: range(count) for part, count in counts.items()}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.campaign",
        description="Kill, starve and feed the loads and dbt, and compare what then stands.",
        epilog="Exits with 1 if anything is wrong. 200 trials take about an hour on two cores.",
    )
    say = parser.add_argument
    say("--trials", type=int, default=200, help="how many, over all parts (default: 200)")
    say("--seed", type=int, default=1, help="the same seed draws the same trials (default: 1)")
    say("--only", type=_names, help=f"some of the parts, with commas: {','.join(PARTS)}")
    say("--keep", action="store_true", help="keep the folders of trials that went wrong")
    return parser


def _names(text: str) -> list[str]:
    names = text.split(",")
    unknown = set(names) - set(PARTS)
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no part {', '.join(sorted(unknown))}")
    return names


if __name__ == "__main__":
    sys.exit(main())
