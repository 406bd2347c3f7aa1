"""Somebody told that a run failed, by apprise: mail, chat, and whatever else a URL can name."""

from __future__ import annotations

import logging
import socket

from rich.console import Console

from course.environment import settings
from course.running.masking import masked
from course.running.record import Run
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.surroundings import shield_dlt

LINES = 6  # of an error; the rest is in the report


def addresses() -> list[str]:
    """The apprise URLs of COURSE_ALERT_URLS and of `urls` under `[alerts]` in dlt's secrets.toml.
    Never show them.
    """
    import dlt
    from apprise.utils.parse import parse_urls

    shield_dlt()
    in_file = dlt.secrets.get("alerts.urls") or []
    return parse_urls(settings().alert_urls.get_secret_value(), in_file)


def send(title: str, text: str) -> int:
    """Send a message, its secrets masked, to all addresses; return how many there are.

    Raises PipelineError where there is none, or where one did not take it.
    """
    import apprise

    service, urls = apprise.Apprise(), addresses()
    if not urls:
        raise _not_sent("there is no address to send it to", "no address has been set")
    unusable = sum(not service.add(url) for url in urls)
    with apprise.LogCapture(level=logging.WARNING, fmt="%(message)s") as log:
        arrived = bool(len(service)) and bool(
            service.notify(
                title=masked(title), body=masked(text), body_format=apprise.NotifyFormat.TEXT
            )
        )
        said = "; ".join(masked(log.getvalue()).split("\n")).strip("; ")
    if unusable:
        said = (
            f"{unusable} of {len(urls)} addresses cannot be understood{'; ' if said else ''}{said}"
        )
    if unusable or not arrived:
        raise _not_sent(
            said or "the service did not say why",
            "an address is misspelt, its password is old, or the service is down",
        )
    return len(urls)


def _not_sent(reason: str, cause: str) -> PipelineError:
    return PipelineError(
        f"The alert was not sent: {reason}.",
        cause=cause,
        fix="set COURSE_ALERT_URLS to an address that apprise knows (mailto://…, slack://…), and "
        "try it with: course alert",
        faq="alert-not-sent",
    )


def about_run(run: Run) -> tuple[str, str]:
    """The title and the text of the message on a run that failed."""
    stage, target = run.failed, run.parameters["target"]
    lines = [
        f"Target: {target}",
        f"Lesson: {stage.lesson}",
        f"Cell:   {stage.cell or '?'}",
        "",
        *_first_lines(stage.error),
        "",
    ]
    lines += [f"FAQ entry: {stage.faq}"] if stage.faq else []
    return (f"course run on {target}: {stage.lesson} failed"), "\n".join(
        [*lines, f"Report: {run.folder / 'report.html'}", _where()]
    )


def about_error(target: str, error: Exception) -> tuple[str, str]:
    """The title and the text of the message on a run that could not begin, or broke off outside of
    a lesson.
    """
    told = str(error) if isinstance(error, PipelineError) else f"{type(error).__name__}: {error}"
    return (f"course run on {target} failed"), "\n".join(
        [f"Target: {target}", "", *_first_lines(told), "", _where()]
    )


def _first_lines(error: str) -> list[str]:
    lines = error.strip().splitlines()
    return lines[:LINES] + ["…"] * (len(lines) > LINES)


def _where() -> str:
    return f"On: {socket.gethostname()}"


def announce(title: str, text: str, console: Console) -> None:
    """Send a message if there is an address, and say in one line how that went. Never raises: what
    it is about matters more.
    """
    try:
        if not addresses():
            return
        count = send(title, text)
        told = f"The alert was sent to {count} {'address' if count == 1 else 'addresses'}."
    except PipelineError as error:
        told = f"{error.what} (FAQ.md#{error.faq})"
    except Exception as error:
        told = masked(
            f"The alert was not sent: {type(error).__name__}: {' '.join(str(error).split())}"
        )
    console.print(told, markup=False, highlight=False, soft_wrap=True)
