"""People who look while the course runs: who only looks stops no run, and changes no result."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from .grounds import copy, warehouse
from .processes import LONGEST, Command, course, words_of
from .trial import Field, Trial
from .view import look

LOOKS_A_RUN = 5
FILE = "find_target('t').warehouse"
IMPORTS = """
import time, duckdb
from course.lesson import Lesson, connect_jupysql
from course.warehouse import query
from dlt_pipelines.amazon_products_pipeline import find_target
"""
QUERY = f"{IMPORTS}\nprint(query({FILE}, 'select count(*) from amazon_raw.reviews'))"
NOTEBOOK = f"""{IMPORTS}
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
lesson = Lesson("99", "marketplace", "", "t", "", False)
shell.user_ns |= dict(connect=connect_jupysql, lesson=lesson)
shell.run_cell("connect(lesson)").raise_error()
for _ in range(5):
    shell.run_cell("%%sql\\nselect count(*) from amazon_raw.reviews").raise_error()
    time.sleep(0.5)  # the notebook stays open
"""
READER = f"{IMPORTS}\nheld = duckdb.connect(str({FILE}), read_only=True)\ntime.sleep(5)"
LOOKS = {
    "doctor": course("doctor", "--target", "t"),
    "history": course("history", "--target", "t"),
    "query": Command(("-c", QUERY)),
    "dbt docs": course("docs", "--target", "t"),
    "notebook": Command(("-c", NOTEBOOK)),
    "open reader": Command(("-c", READER)),
}


def look_beside(field: Field, number: int) -> Trial:
    """The whole course, and five looks beside it, of a kind after another, at moments that chance
    draws.
    """
    task = field.grounds.stages()
    state = copy(task.base, field.state(number))
    kinds = [list(LOOKS)[(number * LOOKS_A_RUN + each) % len(LOOKS)] for each in range(LOOKS_A_RUN)]
    trial = Trial("looks", f"{task.name}, beside it {', '.join(kinds)}")
    moments = sorted(field.draw.uniform(0, task.seconds) for _ in kinds)
    begun, looking = time.monotonic(), []
    running = task.command.start(state)
    for nth, (kind, moment) in enumerate(zip(kinds, moments, strict=True)):
        time.sleep(max(0, begun + moment - time.monotonic()))
        looking.append(_begin(kind, state, nth))
    code = running.wait(LONGEST)
    for each in looking:
        each.wait(LONGEST)
    trial.commands += code != 0
    trial.said = words_of(state)[-300:]
    view = look(warehouse(state), built=True)
    trial.breaches.append(view.breaches)
    trial.differences += view.differs(task.after)
    trial.models_differ = view.models_differ(task.after)
    return trial


def _begin(kind: str, state: Path, nth: int) -> subprocess.Popen:
    """A look at the state's target; what it says is kept beside what the run says."""
    own = state / f"look-{nth}"
    places = {f"COURSE_{name.upper()}": str(state / name) for name in ("data", "runs", "my_work")}
    return LOOKS[kind].start(own, more=places)
