"""A learner's work is safe: lessons are copied once, brought up to date while untouched, and never overwritten."""

import os
import re
import subprocess
import sys
import urllib.request

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
    command = [sys.executable, "-m", "course.cli", "lab", "--no-browser"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"}) as server:
        try:
            for line in server.stderr:
                found = re.search(r"http://(\S+?):(\d+)/lab/tree/(\S+)\?token=(\w+)", line)
                if found:
                    break
            host, port, opened, token = found.groups()
            assert (host, opened) == ("127.0.0.1", find_lessons()[0].path.name) or host == "localhost"
            status = urllib.request.urlopen(f"http://127.0.0.1:{port}/api/contents/{opened}?token={token}").status
            assert status == 200
            refused = urllib.request.Request(f"http://127.0.0.1:{port}/api/contents/{opened}")
            try:
                assert urllib.request.urlopen(refused).status == 403
            except urllib.error.HTTPError as error:
                assert error.code == 403
        finally:
            server.terminate()
