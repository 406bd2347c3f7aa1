"""A learner's work is safe: lessons are copied once, brought up to date while untouched, and never overwritten."""

import re
import subprocess
import sys
import time
import urllib.error
import urllib.request

import psutil
import pytest

from course import lab
from course.environment import settings
from course.notebooks import find_lessons


def test_lessons_are_copied_and_untouched_copies_are_brought_up_to_date(own_state, monkeypatch):
    folder = lab.copy_lessons()
    assert folder == settings().my_work / "notebooks"
    first = folder / find_lessons()[0].path.name
    newer = own_state / first.name
    newer.write_text(first.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    monkeypatch.setattr(lab, "find_lessons", lambda: [type(find_lessons()[0])(newer)])
    lab.copy_lessons()
    assert first.read_bytes() == newer.read_bytes()


def test_a_lesson_that_was_worked_in_is_kept_and_the_newer_one_lies_beside_it(own_state, monkeypatch):
    first = lab.copy_lessons() / find_lessons()[0].path.name
    first.write_text("my own notes", encoding="utf-8")
    lab.copy_lessons()
    assert not first.with_suffix(".new.ipynb").exists()
    newer = own_state / first.name
    newer.write_text("{}", encoding="utf-8")
    monkeypatch.setattr(lab, "find_lessons", lambda: [type(find_lessons()[0])(newer)])
    lab.copy_lessons()
    assert first.read_text(encoding="utf-8") == "my own notes"
    assert first.with_suffix(".new.ipynb").read_text(encoding="utf-8") == "{}"


def test_jupyterlab_opens_on_loopback_with_a_token_on_the_copy(own_state):
    log = own_state / "lab.log"
    with log.open("w") as told:
        server = subprocess.Popen([sys.executable, "-m", "course.cli", "lab", "--no-browser"], stdout=told, stderr=told)
    try:
        for _ in range(120):
            found = re.search(r"http://127\.0\.0\.1:(\d+)/lab/tree/(\S+)\?token=(\w+)", log.read_text())
            if found or server.poll() is not None:
                break
            time.sleep(0.5)
        assert found, log.read_text()
        port, opened, token = found.groups()
        assert opened == find_lessons()[0].path.name
        contents = f"http://127.0.0.1:{port}/api/contents/{opened}"
        assert urllib.request.urlopen(f"{contents}?token={token}").status == 200
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(contents)
        assert refused.value.code == 403
        addresses = {c.laddr.ip for c in psutil.Process(server.pid).net_connections("tcp") if c.status == psutil.CONN_LISTEN}
        assert addresses == {"127.0.0.1"}
    finally:
        server.terminate()
        server.wait(30)
