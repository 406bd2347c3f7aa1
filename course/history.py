"""The runs of a target as a table and as a picture: what they took, what they loaded, and how the
warehouse grows.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

import pandas as pd

from course.environment import settings
from dlt_pipelines.locks import is_running

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from rich.table import Table

COLUMNS = {
    "run": "its folder below runs/",
    "started_at": "local time",
    "status": "ok, failed, interrupted (it was told to end, or its process is gone), or running",
    "stopped_at": "the lesson that failed",
    "seconds": "seconds, all lessons together",
    "rows_in": "records that came in, in all loads of the run",
    "loaded": "records of these that were inserted or updated",
    "rejected": "records of these that broke the contract",
    "file_mib": "MiB, the warehouse file at the end of the run",
    "used_blocks": "blocks of the file that hold something",
    "free_blocks": "blocks that hold nothing and are used again "
    "(some DuckDB has cut off the end of the file)",
    "block_kib": "KiB, one block",
    "wal_mib": "MiB, what waits beside the file to be written into it",
    "seconds_NN": "seconds, lesson NN alone; one column a lesson",
}
COUNTS = ["rows_in", "loaded", "rejected", "used_blocks", "free_blocks", "block_kib"]


def accounts() -> tuple[list[dict], list[str]]:
    """What each run.json holds, oldest first, and the runs whose run.json is broken, cut off or of
    an unknown shape.
    """
    found, left_out = [], []
    for path in sorted(
        settings().runs.glob("*/run.json"),
        key=lambda path: (path.parent.name[:19], len(path.parent.name), path),
    ):
        try:
            account = json.loads(path.read_text(encoding="utf-8"))
            _row(account)
            if account["status"] == "running" and not is_running(
                account.get("pid"), account.get("process_started")
            ):
                # killed, or the machine went off: nobody was left to write it
                account["status"] = "interrupted"
            found.append(account)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            left_out.append(path.parent.name)
    return found, left_out


def history(target: str = "dev") -> pd.DataFrame:
    """One row per run on a target, the newest last; `COLUMNS` says what each column holds, and in
    which unit.

    Empty where there was no run. What a run did not record (it was cut short, or an older course
    made it) is missing. `.attrs["left_out"]` names the runs whose run.json cannot be used.
    """
    found, left_out = accounts()
    rows = [_row(account) for account in found if account["parameters"]["target"] == target]
    lessons = sorted({name for row in rows for name in row} - set(COLUMNS))
    frame = pd.DataFrame(rows, columns=[name for name in COLUMNS if name != "seconds_NN"] + lessons)
    kinds = (
        {"started_at": "datetime64[s]"}
        | dict.fromkeys(COUNTS, "Int64")
        | dict.fromkeys(["seconds", "file_mib", "wal_mib"], float)
    )
    frame = frame.astype(kinds)
    frame.attrs["left_out"] = left_out
    return frame


def _row(account: dict) -> dict:
    """A run.json as a row. Raises KeyError, TypeError, ValueError or AttributeError where it has
    another shape.
    """
    account["parameters"]["target"].strip()  # without it, nobody knows whose run it was
    stages = [stage for stage in account["stages"] if stage["status"] in ("ok", "failed")]
    loads, storage = account.get("rows", {}).get("this_run", {}), account.get("storage", {})
    row = {
        "run": str(account["folder"]),
        "started_at": datetime.fromisoformat(account["started_at"]).replace(tzinfo=None),
        "status": str(account["status"]),
        "stopped_at": next(
            (str(stage["lesson"]) for stage in stages if stage["status"] == "failed"), ""
        ),
        "seconds": float(account.get("seconds", 0))
        or round(sum(float(stage["seconds"]) for stage in stages), 2),
    }
    if loads:
        row |= {
            "rows_in": int(loads["rows_in"]),
            "loaded": loads["inserted"] + loads["updated"],
            "rejected": int(loads["rejected"]),
        }
    if storage:
        row |= {
            f"{kind}_mib": round(storage[f"{kind}_bytes"] / 1024**2, 2) for kind in ("file", "wal")
        }
        row |= {"block_kib": storage["block_bytes"] // 1024} | {
            name: int(storage[name]) for name in ("used_blocks", "free_blocks")
        }
    return row | {f"seconds_{stage['lesson'][:2]}": float(stage["seconds"]) for stage in stages}


def tables(frame: pd.DataFrame) -> list[Table]:
    """A history for the terminal: the runs, and below them the seconds of each lesson. None where
    there were no runs.
    """
    from rich.markup import escape
    from rich.table import Table

    def counted(number) -> str:
        return "" if pd.isna(number) else f"{number:,.0f}"

    if frame.empty:
        return []
    lessons = [name for name in frame if name.startswith("seconds_")]
    runs, seconds = (
        Table(box=None, pad_edge=False),
        Table(box=None, pad_edge=False, title="Seconds by lesson", title_justify="left"),
    )
    for column in ("started", "status"):
        runs.add_column(column, no_wrap=True)
    for column in ("seconds", "rows in", "loaded", "rejected", "file MiB", "free blocks"):
        runs.add_column(column, justify="right", no_wrap=column == "rejected")
    seconds.add_column("started", no_wrap=True)
    for name in lessons:
        seconds.add_column(name.removeprefix("seconds_"), justify="right")
    for row in frame.to_dict("records"):
        began, colour = (
            f"{row['started_at']:%Y-%m-%d %H:%M}",
            {"ok": "green", "failed": "red"}.get(row["status"], "yellow"),
        )
        status = f"[{colour}]{escape(row['status'])}[/]" + (
            f" {escape(row['stopped_at'][:2])}" if row["stopped_at"] else ""
        )
        size = "" if pd.isna(row["file_mib"]) else f"{row['file_mib']:,.1f}"
        counts = [counted(row[name]) for name in ("seconds", "rows_in", "loaded", "rejected")]
        runs.add_row(began, status, *counts, size, counted(row["free_blocks"]))
        seconds.add_row(began, *[counted(row[name]) for name in lessons])
    return [runs, seconds]


def plot(frame: pd.DataFrame) -> Axes:
    """Draw a history: above, the seconds of each run by lesson; below, the MiB of the warehouse
    file, used and free.

    Returns the upper axes; the lower one is `.figure.axes[1]`.
    """
    from matplotlib import colormaps
    from matplotlib import pyplot as plt

    _, (time, size) = plt.subplots(
        2, 1, figsize=(8, 5), sharex=True, height_ratios=[3, 2], layout="constrained"
    )
    lessons = [name for name in frame if name.startswith("seconds_")]
    places, bottom = range(len(frame)), 0
    for number, name in enumerate(lessons):
        seconds, colour = (
            frame[name].fillna(0).to_numpy(),
            colormaps["cividis"](number / max(1, len(lessons) - 1)),
        )
        time.bar(
            places,
            seconds,
            bottom=bottom,
            color=colour,
            edgecolor="white",
            linewidth=0.5,
            label=name.removeprefix("seconds_"),
        )
        bottom = bottom + seconds
    for place, status, seconds in zip(places, frame.status, frame.seconds, strict=True):
        if status != "ok":
            time.annotate(status, (place, seconds), ha="center", va="bottom", color="#A84A00")
    used = (frame.used_blocks * frame.block_kib / 1024).astype(float).fillna(0)
    # what there is of the free blocks in the file
    free = (frame.file_mib.fillna(0) - used).clip(lower=0)
    size.bar(places, used, color="#0072B2", label="used")
    size.bar(places, free, bottom=used, color="#D55E00", label="free")
    time.set(ylabel="time (seconds)", title="Runs, by lesson")
    size.set(ylabel="warehouse file (MiB)", xlabel="start of the run (local time)")
    shown = places[:: len(frame) // 12 + 1]
    size.set_xticks(shown, frame.started_at.iloc[shown].dt.strftime("%m-%d\n%H:%M"))
    for axes in (time, size):
        axes.set_ylim(0, 1.15 * max(axes.dataLim.y1, 0.1))
        if axes.has_data():
            handles, labels = axes.get_legend_handles_labels()
            axes.legend(
                handles[::-1],
                labels[::-1],
                loc="center left",
                bbox_to_anchor=(1.01, 0.5),
                fontsize="small",
                frameon=False,
            )
    if lessons:
        time.get_legend().set_title("lesson")
    return time
