"""JupyterLab as `course lab` starts it: its terminals find the commands, and it has our style."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import pytest
import websocket
from dlt.sources.helpers import requests

from course.environment import TEMPLATES
from course.exercises.lab import _put_style

NAMES = ("course", "dbt", "dlt")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A running JupyterLab, whose environment is not active: its address, and its token."""
    state = tmp_path_factory.mktemp("lab")
    folders = {f"COURSE_{name.upper()}": str(state / name) for name in ("data", "runs", "my_work")}
    ours, path = sysconfig.get_path("scripts"), os.environ["PATH"].split(os.pathsep)
    bare = {"PATH": os.pathsep.join(each for each in path if each != ours), "SHELL": "/bin/sh"}
    log = state / "lab.log"
    with log.open("w") as told:
        server = subprocess.Popen(
            [sys.executable, "-m", "course.cli", "lab", "--no-browser"],
            stdout=told,
            stderr=told,
            env=os.environ | folders | bare,
        )
    try:
        found = None
        while not found and server.poll() is None:
            time.sleep(0.2)
            found = re.search(r"http://(127\.0\.0\.1:\d+)/lab\S*\?token=(\w+)", log.read_text())
        assert found, log.read_text()
        yield found.groups()
    finally:
        server.terminate()
        server.wait(30)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="it types for a Unix shell")
def test_a_terminal_finds_the_commands(lab):
    address, token = lab
    requests.post(f"http://{address}/api/terminals?token={token}").raise_for_status()
    terminal = websocket.create_connection(
        f"ws://{address}/terminals/websocket/1?token={token}", timeout=20
    )
    asked = "; ".join([*(f"command -v {name}" for name in NAMES), "echo do''ne\r"])
    terminal.send(json.dumps(["stdin", asked]))
    said = ""
    while "done" not in said:
        kind, *text = json.loads(terminal.recv())
        said += text[0] if kind == "stdout" else ""
    terminal.close()
    found = [str(Path(sysconfig.get_path("scripts")) / name) in said for name in NAMES]
    assert found == [True] * 3


@pytest.mark.slow
def test_the_page_has_our_style(lab):
    address, token = lab
    page = requests.get(f"http://{address}/lab?token={token}").text
    style = re.search(r'href="(/custom/custom\.css[^"]*)"', page)
    served = requests.get(f"http://{address}{style[1]}").text
    assert served == (TEMPLATES / "jupyter" / "custom.css").read_text(encoding="utf-8")


def test_a_style_of_a_learners_own_stays(tmp_path):
    _put_style(tmp_path)
    style = tmp_path / ".jupyter" / "custom" / "custom.css"
    shutil.copyfile(__file__, style)
    _put_style(tmp_path)
    assert style.read_text(encoding="utf-8") == Path(__file__).read_text(encoding="utf-8")
