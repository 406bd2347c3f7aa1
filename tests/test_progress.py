"""What a long step tells of itself, and that it is silent where nobody looks."""

import sys
from time import sleep

import pytest

from dlt_pipelines import progress


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(progress, "FIRST_SECONDS", 0.05)
    monkeypatch.setattr(progress, "EVERY_SECONDS", 0.02)
    for name in ("COURSE_PROGRESS", "JPY_SESSION_NAME"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("told", "line"),
    [
        ((2.0,), "reviews: 2 s"),
        ((2.0, 1_000_000), "reviews: 1,000,000 rows, 2 s"),
        ((2.0, None, 50_000), "reviews: 50,000 rows, 25,000 rows/s, 2 s"),
        ((2.0, 1_000_000, 400_000), "reviews: 40 %, 400,000 rows, 200,000 rows/s, 2 s"),
        # the total was an estimate
        ((2.0, 1_000_000, 1_100_000), "reviews: 100 %, 1,100,000 rows, 550,000 rows/s, 2 s"),
        ((4.0, None, 8, "MB"), "reviews: 8 MB, 2 MB/s, 4 s"),
        ((4.0, 16, 8, "nodes", False), "reviews: 50 %, 8 nodes, 4 s"),
    ],
)
def test_a_line_has_rows_and_a_rate(told, line):
    assert progress.line("reviews", *told) == line


def test_a_long_step_tells_in_the_file_that_is_named_and_clears_it(tmp_path, monkeypatch):
    file = tmp_path / "progress.txt"
    monkeypatch.setenv("COURSE_PROGRESS", str(file))
    rows = 80
    with progress.step("reviews", 100, lambda: rows):
        seen = []
        for _ in range(500):
            sleep(0.01)
            seen += [file.read_text(encoding="utf-8")] if file.exists() else []
            if len(seen) > 5:
                break
    assert seen[-1].startswith("reviews: 80 %, 80 rows")
    assert file.read_text(encoding="utf-8") == ""


def test_of_steps_in_each_other_the_innermost_tells(tmp_path, monkeypatch):
    file = tmp_path / "progress.txt"
    monkeypatch.setenv("COURSE_PROGRESS", str(file))
    seen = []

    def look() -> None:
        for _ in range(60):
            sleep(0.01)
            seen.append(file.read_text(encoding="utf-8").partition(":")[0] if file.exists() else "")

    with progress.step("load"):
        look()
        with progress.step("reviews"):
            look()
        look()
    names = [
        name for name, before in zip(seen, ["", *seen], strict=False) if name and name != before
    ]
    assert names == ["load", "reviews", "load"]
    assert file.read_text(encoding="utf-8") == ""


def test_in_a_notebook_all_steps_of_a_cell_tell_in_one_place(monkeypatch):
    shown = []

    class Handle:
        def update(self, bundle, raw):
            shown.append(("again", bundle))

    def display(bundle, **_):
        shown.append(("new", bundle))
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    for cell in (1, 1, 2):
        show = progress._below_the_cell(cell)
        show("reviews" * 50)
        show("")
    assert [place for place, _ in shown] == ["new", "again", "again", "again", "new", "again"]
    assert [len(bundle.get("text/plain", "")) for _, bundle in shown] == [
        progress.CELL_WIDTH,
        0,
    ] * 3


def test_a_short_step_tells_nothing(tmp_path, monkeypatch):
    folder = tmp_path / "told"
    folder.mkdir()
    monkeypatch.setenv("COURSE_PROGRESS", str(folder / "progress.txt"))
    monkeypatch.setattr(progress, "FIRST_SECONDS", 30)
    with progress.step("reviews"):
        pass
    assert list(folder.iterdir()) == []


def test_in_a_terminal_one_line_is_written_over(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(progress, "_width", lambda: 30)
    with progress.step("a very long name of a step that takes its time"):
        sleep(0.8)
    told = capsys.readouterr().err
    assert "\n" not in told
    lines = told.split("\r\x1b[2K")
    assert len(lines) > 3 and lines[-1] == ""
    assert all(len(line) <= 30 for line in lines)


def test_where_nobody_looks_nothing_is_written(capsys):
    with progress.step("reviews"):
        sleep(0.8)
    assert capsys.readouterr() == ("", "")


def test_an_error_in_a_step_comes_through_and_the_line_goes_away(tmp_path, monkeypatch):
    file = tmp_path / "progress.txt"
    monkeypatch.setenv("COURSE_PROGRESS", str(file))
    with pytest.raises(ValueError, match="broken"), progress.step("reviews"):
        sleep(0.8)
        raise ValueError("broken")
    assert file.read_text(encoding="utf-8") == ""
