"""Loads, increments and dbt, killed: at a moment between start and end, or at a named point."""

from __future__ import annotations

import random
import signal
from pathlib import Path

from .grounds import Task, build, copy, warehouse
from .processes import STRIKE, end, end_at, repeat, words_of
from .trial import Field, Trial
from .view import look

SIGNALS = ("SIGKILL", "SIGKILL", "SIGINT", "SIGTERM")
# The whole course takes half a minute: it is one load in so many. Models are built in one trial
# of so many, because that takes as long as the rest of a trial.
ONE_RUN_IN, BUILT_ONE_IN, TWICE_ONE_IN = 15, 3, 5
FIRST_LOADS = (
    ("files", "first"),
    ("market", "first"),
    ("files", "refresh"),
    ("files", "first"),
    ("market", "first"),
    ("market", "refresh"),
)


def kill_load(field: Field, number: int) -> Trial:
    """A first load, a full refresh, or the whole course."""
    if number % ONE_RUN_IN == ONE_RUN_IN - 1:
        return _disturb(field, number, "loads", field.grounds.stages(), built=True)
    task = field.grounds.task(*FIRST_LOADS[number % len(FIRST_LOADS)])
    return _disturb(field, number, "loads", task, built=number % BUILT_ONE_IN == 0)


def kill_increment(field: Field, number: int) -> Trial:
    """The next day's load, into a target that holds a day and its models."""
    task = field.grounds.task(("files", "market")[number % 2], "increment")
    return _disturb(field, number, "increments", task, built=number % BUILT_ONE_IN == 0)


def kill_dbt(field: Field, number: int) -> Trial:
    """`course dbt build` after an increment."""
    task = field.grounds.models(("files", "market")[number % 2], whole=number % 4 == 3)
    return _disturb(field, number, "dbt", task, built=True)


def _disturb(field: Field, number: int, part: str, task: Task, built: bool) -> Trial:
    """Kill a task once or more, type its command again, and compare."""
    state = copy(task.base, field.state(number))
    trial = Trial(part, task.name)
    for _ in range(field.draw.choice((1, 1, 1, 2))):  # a nuisance seldom comes alone
        trial.what += f", {_kill(task, state, field.draw)}"
        _look_between(trial, task, state)
    trial.commands, trial.said = repeat(task.command, state)
    if number % TWICE_ONE_IN == 0 and task.command.told == "load":
        task.command.run(state)  # a second run changes nothing
    is_load = task.command.told == "load"
    if built and is_load:
        build(state)
    view = look(warehouse(state), built)
    trial.breaches.append(view.breaches)
    trial.differences += view.differs(task.after)
    if built:
        trial.models_differ = view.models_differ(task.after)
    trial.differences += _left(state)
    return trial


def _kill(task: Task, state: Path, draw: random.Random) -> str:
    name = draw.choice(SIGNALS)
    if not task.points or draw.random() < 0.5:
        process = task.command.start(state)
        return end_at(process, draw.uniform(0, task.seconds * 1.1), name)
    point = draw.choice(list(task.points))
    at, when = draw.randint(1, task.points[point]), draw.choice(("before", "after"))
    process = task.command.start(state, (str(STRIKE), point, str(at), when, name))
    try:
        process.wait(120)
    finally:
        end(process, signal.SIGKILL)
    return f"{name} {when} call {at} of {point.rpartition(':')[2]}"


def _look_between(trial: Trial, task: Task, state: Path) -> None:
    """What is seen of a load that was killed is all of it, or nothing; and it adds up."""
    view = look(warehouse(state))
    trial.breaches.append(view.breaches)
    ends = (task.before, task.after)
    if view.raw not in [each.raw for each in ends] and task.command.told != "dbt":
        trial.differences.append(f"half of it was seen ({', '.join(view.differs(task.after))})")
    said = words_of(state)
    if "Traceback" in said and "KeyboardInterrupt" not in said and "resource_tracker" not in said:
        trial.unclear = " ".join(said.split())[-300:]


def _left(state: Path) -> list[str]:
    """What lies in a target's folder though nobody is at work."""
    place = state / "data" / "t"
    names = ("landing", "load.json", "source.json", "unfinished.json")
    found = [name for name in names if (place / name).exists()]
    packages = "dlt/pipelines/*/{}/*"
    for folder in ("load/normalized", "normalize/extracted", "load/new"):
        found += [f"{folder} has a package" for _ in place.glob(packages.format(folder))]
    return [f"left: {name}" for name in found]
