"""A file of which records came in and none was accepted is an error that says what it seems to be.

File by file: one whose every record is turned down was meant to be something else, whatever the
others hold.
"""

from __future__ import annotations

from datetime import UTC, datetime

from dlt_pipelines.load.contents import refusal
from dlt_pipelines.load.contract import Table, Window, judging_sql
from dlt_pipelines.load.input_files import File
from dlt_pipelines.load.landing import Landing
from dlt_pipelines.load.lines import read_lines


def check_accepted(landing: Landing, table: Table, files: list[File], window: Window) -> None:
    """Raises PipelineError for the first such file.

    A file without a record is none, nor is one whose good records lie outside the window.
    """
    refused = landing.ask(
        f"""select source_no, count(*), arg_min(reason, position) from {table.name}
        where source_no not in (select source_no from {table.name}_direct where rows > 0)
        group by source_no having count(*) = count(reason) order by source_no"""
    ).fetchall()
    for source_no, count, reason in refused:
        if window == Window() or not _has_good(landing, table, files[source_no]):
            raise refusal(files[source_no].name, files[source_no].content, count, reason)


def _has_good(landing: Landing, table: Table, file: File) -> bool:
    """Whether a file has a record that keeps the contract, in whatever window."""
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    landing.connection.register("lines", read_lines([file]))
    try:
        good = f"select 1 from ({judging_sql(table, 'lines', now_ms)}) where reason is null limit 1"
        return landing.ask(good).fetchone() is not None
    finally:
        landing.connection.unregister("lines")
