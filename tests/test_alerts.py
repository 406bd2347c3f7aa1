"""Alerts: a run that fails tells somebody, and an alert that fails never hides that."""

import io
import shutil
import subprocess
import sys
import sysconfig

import pytest
from support import PARAMETERS

from course.environment import ROOT
from course.running import alerts, runner
from course.running.runner import Console
from dlt_pipelines.amazon_products_pipeline import find_target
from dlt_pipelines.locks import hold

BREAKS = """from dlt_pipelines.errors import PipelineError
raise PipelineError("It broke.", cause="c", fix="f", faq="target-busy")"""


def course(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "course.cli", *arguments], cwd=ROOT, capture_output=True, text=True
    )


def tell_of(run):
    """What `course run` does at the end of a run that failed; returns what the terminal shows."""
    console = Console(record=True, width=200, file=io.StringIO())
    alerts.announce(*alerts.about_run(run), console)
    return console.export_text()


def test_the_message_has_what_one_needs_to_act(two_lessons, mailbox, monkeypatch):
    monkeypatch.setenv("COURSE_ALERT_URLS", mailbox.url)
    two_lessons("02_second_thing.ipynb", BREAKS)
    run = runner.run(PARAMETERS | {"target": "prod"})
    assert "The alert was sent to 1 address." in tell_of(run)
    (mail,) = mailbox.mails
    assert mail["Subject"] == "course run on prod: 02_second_thing failed"
    assert (mail["From"], mail["To"]) == ("course@example.org", "ops@example.org")
    text = mail.get_content()
    for part in (
        "Target: prod",
        "Lesson: 02_second_thing",
        "Cell:   body",
        "It broke.",
        "FAQ.md#target-busy",
        str(run.folder / "report.html"),
    ):
        assert part in text


def test_a_long_error_is_told_by_its_first_lines(two_lessons, mailbox, monkeypatch):
    monkeypatch.setenv("COURSE_ALERT_URLS", mailbox.url)
    two_lessons(
        "02_second_thing.ipynb", "raise ValueError('\\n'.join(f'line {n}' for n in range(1, 500)))"
    )
    tell_of(runner.run(PARAMETERS))
    text = mailbox.mails[0].get_content()
    assert "line 6" in text
    assert "line 7" not in text


def test_every_address_is_told_whatever_stands_between_them(mailbox, monkeypatch):
    for between, count in ((",", 2), (" ", 4), (" , ", 6)):
        monkeypatch.setenv(
            "COURSE_ALERT_URLS", between.join([mailbox.url, mailbox.url.replace("ops@", "night@")])
        )
        assert alerts.send("t", "x") == 2
        assert len(mailbox.mails) == count
    assert {mail["To"] for mail in mailbox.mails} == {"ops@example.org", "night@example.org"}


def test_without_an_address_nothing_is_sent_or_said(two_lessons, mailbox):
    two_lessons("02_second_thing.ipynb", "1 / 0")
    assert tell_of(runner.run(PARAMETERS)) == ""
    assert mailbox.mails == []


@pytest.mark.parametrize(
    "trouble", ["wrong password", "nobody there", "nonsense", "one of two is nonsense"]
)
def test_an_alert_that_fails_is_told_in_one_line_without_its_password(
    two_lessons, mailbox, monkeypatch, trouble
):
    urls = {
        "wrong password": mailbox.url.replace(mailbox.password, "Another-one-8"),
        "nobody there": mailbox.url.replace(mailbox.url.rpartition("?")[0].rpartition(":")[2], "1"),
        "nonsense": f"nonsense://watcher:{mailbox.password}@x",
        "one of two is nonsense": f"{mailbox.url} nonsense://watcher:{mailbox.password}@x",
    }
    monkeypatch.setenv("COURSE_ALERT_URLS", urls[trouble])
    two_lessons("02_second_thing.ipynb", "1 / 0")
    told = tell_of(runner.run(PARAMETERS))
    assert told.startswith("The alert was not sent: ")
    assert told.count("\n") == 1
    assert "FAQ.md#alert-not-sent" in told
    assert mailbox.password not in told and "Another-one-8" not in told


def test_the_command_says_that_a_message_went_out(mailbox, monkeypatch):
    monkeypatch.setenv("COURSE_ALERT_URLS", mailbox.url)
    told = course("alert")
    assert (told.returncode, told.stdout) == (0, "Sent to 1 address.\n"), told.stderr
    assert mailbox.mails[0]["Subject"] == "course alert: a test"


def test_the_command_fails_where_it_did_not_and_shows_no_password(mailbox, monkeypatch):
    monkeypatch.setenv("COURSE_ALERT_URLS", mailbox.url.replace(mailbox.password, "Another-one-8"))
    told = course("alert")
    assert told.returncode == 1
    assert "FAQ.md#alert-not-sent" in told.stderr
    assert "Another-one-8" not in told.stdout + told.stderr


def test_the_command_fails_where_there_is_no_address():
    told = course("alert")
    assert told.returncode == 1
    assert "there is no address to send it to" in told.stderr
    assert "FAQ.md#alert-not-sent" in told.stderr


def test_addresses_are_read_from_dlts_secrets_too(own_state, mailbox, monkeypatch):
    folder = own_state / "project" / ".dlt"
    folder.mkdir(parents=True)
    (folder / "secrets.toml").write_text(f'[alerts]\nurls = ["{mailbox.url}"]\n', encoding="utf-8")
    monkeypatch.setenv("DLT_PROJECT_DIR", str(folder.parent))
    assert course("alert").returncode == 0
    assert len(mailbox.mails) == 1


def test_a_run_that_cannot_begin_is_told_as_well(mailbox, monkeypatch):
    monkeypatch.setenv("COURSE_ALERT_URLS", mailbox.url)
    with hold(find_target("dev").folder / "run.lock", "course run (the first)"):
        told = course("run")
    assert told.returncode == 1
    assert "FAQ.md#target-busy" in told.stderr
    assert mailbox.mails[0]["Subject"] == "course run on dev failed"
    assert "course run (the first)" in mailbox.mails[0].get_content()


def test_the_setting_does_not_show_its_value(monkeypatch):
    from course.environment import settings

    monkeypatch.setenv("COURSE_ALERT_URLS", "mailto://watcher:Planted-7@example.org")
    assert "Planted-7" not in repr(settings()) + str(settings().model_dump())


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="strace is Linux's")
def test_an_alert_goes_to_its_address_and_nowhere_else(own_state, mailbox, monkeypatch):
    if not shutil.which("strace"):
        pytest.skip("there is no strace here")
    monkeypatch.setenv("COURSE_ALERT_URLS", mailbox.url)
    seen = own_state / "calls"
    command = [
        "strace",
        "-f",
        "-e",
        "trace=connect,sendto",
        "-o",
        str(seen),
        f"{sysconfig.get_path('scripts')}/course",
        "alert",
    ]
    assert subprocess.run(command, capture_output=True).returncode == 0
    calls = [line for line in seen.read_text().splitlines() if "AF_INET" in line]
    assert calls
    assert [line for line in calls if 'inet_addr("127.0.0.1")' not in line] == []
