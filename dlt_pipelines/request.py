"""What a load is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from dlt_pipelines.errors import PipelineError
from dlt_pipelines.load.contract import Window
from dlt_pipelines.marketplace import FIRST_DAY, LAST_DAY
from dlt_pipelines.targets import epoch_ms


@dataclass(frozen=True)
class Request:
    """What a load is asked for; raises PipelineError where the options do not fit together."""

    source: str = "marketplace"
    path: str | Path | None = None
    run_date: date | None = None
    from_date: date | None = None
    to_date: date | None = None
    full_refresh: bool = False

    def __post_init__(self) -> None:
        for is_wrong, what, fix in self._faults():
            if is_wrong:
                raise PipelineError(
                    what,
                    cause="the options do not fit together",
                    fix=fix,
                    faq="options-that-do-not-fit",
                )

    def _faults(self) -> list[tuple[bool, str, str]]:
        start, end, day = self.from_date, self.to_date, self.run_date
        practice = self.source == "marketplace"
        beyond = next(
            (each for each in (day, start, end) if each and not FIRST_DAY <= each <= LAST_DAY), None
        )
        return [
            (self.source not in ("marketplace", "files"), f"There is no source {self.source!r}.",
             "use --source marketplace or --source files"),
            (self.source == "files" and not self.path, "The source files needs a path.",
             "add --path with a folder or a glob"),
            (practice and bool(self.path), "The practice marketplace takes no path.",
             "add --source files, or leave --path out"),
            (bool(start and end and start > end), f"{start} is after {end}.",
             "swap --from-date and --to-date"),
            (self.full_refresh and self.is_range,
             "A full refresh takes everything, a range of days only a part.",
             "leave --full-refresh, or --from-date and --to-date, out"),
            (practice and bool(beyond), f"The practice marketplace knows no {beyond}.",
             f"choose a day from {FIRST_DAY} to {LAST_DAY}"),
            (bool(day and start and start > day),
             f"The range begins on {start}, after the run date {day}.",
             "move one of the two"),
        ]  # fmt: skip

    @property
    def is_range(self) -> bool:
        return bool(self.from_date or self.to_date)

    @property
    def window(self) -> Window:
        """The days whose events are asked for.

        For files the run date is a cut-off; the marketplace is looked at as of it.
        """
        ends = [self.to_date] if self.source == "marketplace" else [self.to_date, self.run_date]
        last = min(filter(None, ends), default=None)
        since = epoch_ms(self.from_date) if self.from_date else None
        return Window(since, epoch_ms(last + timedelta(days=1)) if last else None)
