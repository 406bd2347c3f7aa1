"""What there is to know of a run, as `run.json` holds it."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from dlt_pipelines.notes import write_note


@dataclass
class Stage:
    """One lesson of a run."""

    lesson: str
    status: str = "not run"  # ok, failed, skipped, not run
    seconds: float = 0.0
    notebook: str = ""
    cell: str = ""
    error: str = ""
    faq: str = ""


@dataclass
class Run:
    """A run as `run.json` holds it.

    rows: by table of the warehouse, by table of its last load, and summed over this run's loads.
    storage: the warehouse at the end, in bytes and in DuckDB's blocks.
    unread: why the two are empty, where the warehouse could not be read.
    pid, process_started: the process that runs it, and since when (epoch seconds).
    """

    folder: Path
    parameters: dict
    stages_only: bool
    started_at: str
    stages: list[Stage]
    status: str = "running"
    seconds: float = 0.0
    rows: dict[str, dict] = field(default_factory=dict)
    storage: dict[str, int] = field(default_factory=dict)
    unread: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    pid: int = field(default_factory=os.getpid)
    process_started: float = field(default_factory=lambda: psutil.Process().create_time())

    @property
    def failed(self) -> Stage | None:
        return next((stage for stage in self.stages if stage.status == "failed"), None)

    def save(self) -> None:
        write_note(self.folder / "run.json", asdict(self) | {"folder": self.folder.name})
