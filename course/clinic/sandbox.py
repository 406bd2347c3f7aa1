"""The target `sandbox`: filled, broken, and cleared of what a fault has left in it."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import psutil

from course.clinic import faq_commands
from course.dbt import dbt
from course.exercises.practice_room import made_from
from dlt_pipelines import amazon_products_pipeline as pipeline
from dlt_pipelines.amazon_products_pipeline import LAST_DAY, find_target, practice_marketplace
from dlt_pipelines.deletion import delete, delete_target
from dlt_pipelines.locks import is_running
from dlt_pipelines.notes import read_note

SANDBOX = "sandbox"
DAY_BEFORE = LAST_DAY - timedelta(days=7)  # the week after it is left for a load to fail on


def lab() -> Path:
    """The folder for what a fault needs beside the target's files; gone when it is healed."""
    return find_target(SANDBOX).folder / "fault"


def fill_sandbox(anew: bool = False) -> None:
    """Load the practice marketplace into the sandbox, as of a week before its last day, and build
    the models.

    Nothing happens where that was done, unless `anew` asks to throw away what was broken since. A
    copy of the filled target is kept beside it, so that the second time takes no time.
    """
    target, copy = find_target(SANDBOX), find_target(f"{SANDBOX}-filled").folder
    version = f"{made_from()} {practice_marketplace()!r}"
    mark = copy / "made_from.txt"
    fresh = mark.exists() and mark.read_text(encoding="utf-8", errors="replace") == version
    if fresh and target.folder.exists() and not anew:
        return
    end_holder()
    delete_target(target.folder)
    if not fresh:
        pipeline.run(target=SANDBOX, run_date=DAY_BEFORE)
        # not build: the practice data pass the tests, which take longer than all else
        for command in ("run", "snapshot"):
            dbt(command, target=SANDBOX)
        delete_target(copy)
        shutil.copytree(target.folder, copy)
        mark.write_text(version, encoding="utf-8")
    else:
        shutil.copytree(copy, target.folder)


def run_command(line: str, agree: bool = False) -> subprocess.CompletedProcess:
    """Run a line of commands of the FAQ on the sandbox, without a shell: see faq_commands.py."""
    return faq_commands.run_command(line, find_target(SANDBOX).folder, agree)


def end_holder() -> None:
    """End the process that the fault locked-warehouse started, if it still runs."""
    note = lab() / "holder.json"
    holder = read_note(note, {})
    if is_running(holder.get("pid"), holder.get("since")):
        with suppress(psutil.Error):
            process = psutil.Process(holder["pid"])
            process.kill()
            process.wait(10)
    delete(note, inside=lab())
