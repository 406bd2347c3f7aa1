"""The course in a real browser: every lesson runs from top to bottom in JupyterLab, and an exercise
answers at once.
"""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from support import CHROMIUM, IN_CHROMIUM

from course.exercises.exercise_sets import find_set
from course.notebooks import find_lessons, write

pytestmark = IN_CHROMIUM
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
]
QUIET += ["--disable-component-update"]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab as `course lab` starts it, in a state of its own, and a browser's page on it."""
    from playwright.sync_api import sync_playwright

    state = tmp_path_factory.mktemp("lab")
    folders = {f"COURSE_{name.upper()}": str(state / name) for name in ("data", "runs", "my_work")}
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("MARKETPLACE__")
    } | folders
    # JupyterLab keeps its settings there; so the tests can ask the page whether it has its kernel
    settings = state / "my_work" / ".jupyter"
    settings.mkdir(parents=True)
    (settings / "jupyter_lab_config.json").write_text(
        '{"LabApp": {"expose_app_in_browser": true}}', encoding="utf-8"
    )
    log = state / "lab.log"
    with log.open("w") as told:
        server = subprocess.Popen(
            [sys.executable, "-m", "course.cli", "lab", "--no-browser"],
            stdout=told,
            stderr=told,
            env=environment,
        )
    try:
        found = None
        for _ in range(240):
            found = re.search(
                r"(http://127\.0\.0\.1:\d+)/lab/tree/\S+\?token=(\w+)", log.read_text()
            )
            if found or server.poll() is not None:
                break
            time.sleep(0.25)
        assert found, log.read_text()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
            page = browser.new_page(viewport={"width": 1300, "height": 900})
            yield Lab(page, found[1], found[2], state / "my_work")
            browser.close()
    finally:
        server.terminate()
        server.wait(30)


class Lab:
    """A page on JupyterLab, and the folder that it shows."""

    def __init__(self, page, address: str, token: str, folder: Path) -> None:
        self.page, self.address, self.token, self.folder = page, address, token, folder

    def open(self, path: str) -> None:
        """Open a notebook in a fresh workspace and wait until its kernel is there for the page,
        which shows it as idle before that.
        """
        self.page.goto(
            f"{self.address}/lab/workspaces/{Path(path).stem}/tree/{path}?token={self.token}&reset"
        )
        self.page.get_by_role("menuitem", name="Run", exact=True).wait_for(timeout=60_000)
        self.page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=60_000)
        self.page.wait_for_function(
            """() => {
                const context = window.jupyterapp?.shell.currentWidget?.sessionContext;
                const kernel = context?.session?.kernel;
                return context?.isReady && kernel?.connectionStatus === "connected"
                    && kernel.status === "idle";
            }""",
            timeout=60_000,
        )

    def run_all(self, path: str, seconds: int = 180) -> list[dict]:
        """Run > Run All Cells; wait; save; return the notebook's code cells as saved.

        JupyterLab drops what is run before it has taken the kernel in (its issue 8490) and shows
        every cell as not run; whoever sees that runs the cells again, and so does this.
        """
        for _ in range(3):
            self.page.get_by_role("menuitem", name="Run", exact=True).click()
            self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
            cells = self.saved_when_idle(path, seconds)
            if any(cell["execution_count"] for cell in cells):
                break
        assert [cell["id"] for cell in cells if not cell["execution_count"]] == [], (
            f"{path}: not run within {seconds} s"
        )
        return cells

    def saved_when_idle(self, path: str, seconds: int) -> list[dict]:
        """The notebook's code cells as saved once all have run, or when the kernel has been idle
        for ten seconds, or time is up.
        """
        idle, cells = 0, []
        for _ in range(seconds):
            time.sleep(1)
            status = self.page.evaluate(
                "document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status"
            )
            idle = idle + 1 if status == "idle" else 0
            if not idle:
                continue
            self.page.keyboard.press("Control+s")
            time.sleep(0.5)
            cells = [
                cell
                for cell in json.loads((self.folder / path).read_text(encoding="utf-8"))["cells"]
                if cell["cell_type"] == "code"
            ]
            if all(cell["execution_count"] for cell in cells) or idle >= 10:
                break
        return cells

    def end_kernels(self) -> None:
        """End all kernels, as closing JupyterLab would."""
        self.page.evaluate(
            """async () => {
                const cookie = document.cookie.match(/_xsrf=([^;]+)/);
                const headers = cookie ? {"X-XSRFToken": cookie[1]} : {};
                for (const kernel of await (await fetch("/api/kernels")).json())
                    await fetch("/api/kernels/" + kernel.id, {method: "DELETE", headers});
            }"""
        )


@pytest.mark.parametrize("lesson", find_lessons(), ids=lambda lesson: lesson.name)
def test_a_lesson_runs_from_top_to_bottom(lab, lesson):
    path = f"notebooks/{lesson.path.name}"
    lab.open(path)
    cells = lab.run_all(path)
    assert [
        cell["id"]
        for cell in cells
        if any(output["output_type"] == "error" for output in cell["outputs"])
    ] == []
    lab.end_kernels()


def test_long_lines_wrap_between_words(lab):
    lab.open("notebooks/00_start_here.ipynb")
    wraps = lab.page.evaluate(
        """() => {
            const output = document.createElement("div");
            output.className = "jp-OutputArea-output jp-RenderedText";
            output.innerHTML = "<pre>a long line</pre>";
            document.querySelector(".jp-Notebook").append(output);
            return getComputedStyle(output.firstChild).wordBreak;
        }"""
    )
    assert wraps == "normal"


def test_an_exercise_is_answered_wrong_then_right(lab):
    exercise_set = find_set("05")
    exercise = exercise_set.exercises[1]
    path = f"exercises/{exercise_set.name}/{exercise_set.source.name}"
    lab.open(path)
    cells = lab.run_all(path)
    verdicts = [str(cell["outputs"]) for cell in cells if cell["id"].startswith("check-")]
    assert len(verdicts) == len(exercise_set.exercises)
    assert all("Not attempted." in verdict for verdict in verdicts)

    def answer(source: str) -> str:
        """Type an answer into the first answer's cell, run it and its check, and return what the
        check shows.
        """
        cell = lab.page.locator(
            ".jp-Notebook .jp-CodeCell", has_text=exercise.stubs[0].split("=")[0].strip()
        ).first
        editor = cell.locator(".cm-content")
        editor.click()
        lab.page.keyboard.press("Control+a")
        lab.page.keyboard.insert_text(source)
        lab.page.keyboard.press("Shift+Enter")
        lab.page.keyboard.press("Shift+Enter")
        check = lab.page.locator(".jp-Notebook .jp-CodeCell", has_text="practice.check(1").first
        check.locator(
            ".jp-OutputArea-output strong", has_text=re.compile("Right|Not yet")
        ).wait_for(timeout=60_000)
        return check.locator(".jp-OutputArea-output").inner_text()

    told = answer(exercise_set.answers("wrong", 1)[0].cells[0])
    assert "✗" in told and "Not yet." in told and "Hint:" in told
    assert answer(exercise.solution).split()[:2] == ["✓", "Right."]
    notes = json.loads((lab.folder / "progress.json").read_text(encoding="utf-8"))
    assert notes[exercise.key]["state"] == "right"
    assert notes[exercise.key]["attempts"] == 2
    lab.end_kernels()


def test_links_of_a_lesson_and_of_an_error_open_the_faq_at_its_entry(lab):
    error = "PipelineError('It went wrong.', cause='x', fix='y', faq='locked-warehouse')"
    code = f"import course\nfrom dlt_pipelines.errors import PipelineError\nraise {error}"
    text = "[the lesson's link](../FAQ.md#target-busy)"
    cells = [nbformat.v4.new_markdown_cell(text), nbformat.v4.new_code_cell(code)]
    write(nbformat.v4.new_notebook(cells=cells), lab.folder / "notebooks" / "links.ipynb")
    lab.open("notebooks/links.ipynb")
    lab.run_all("notebooks/links.ipynb")
    for link, entry in (
        ("FAQ.md#locked-warehouse", "locked-warehouse"),
        ("the lesson's link", "target-busy"),
    ):
        lab.page.get_by_role("tab", name="links.ipynb").click()
        lab.page.get_by_role("link", name=link).click()
        heading = lab.page.locator(f'.jp-MarkdownViewer h2[data-jupyter-id="{entry}"]')
        heading.wait_for(timeout=30_000)
        top = lab.page.locator(".jp-MarkdownViewer").bounding_box()["y"]
        lab.page.wait_for_timeout(1000)
        assert 0 <= heading.bounding_box()["y"] - top < 150, entry
    lab.end_kernels()
