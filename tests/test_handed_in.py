"""C13, D3-D5: whatever is handed in, each submission is a row with a remark, the others are graded,
and a point needs the check's word."""

import json
import os
import shutil
import stat
import zipfile
from pathlib import Path

import pytest
from test_grade import SET, hand_in

from course import practice
from course.exercises import grade as grading
from course.exercises.exercise_sets import WORD, word_of
from course.exercises.grade import grade
from course.exercises.handed_in import read_cells, rebuilt
from course.exercises.submissions import find_notebook, find_submissions

NAME, NOTEBOOK = SET.name, SET.source.name
ALL = len(SET.exercises)
links = pytest.mark.skipif(os.name == "nt", reason="a link needs a right of its own on Windows")


def change(path: Path, how) -> Path:
    """The notebook with its cells changed by `how`, which gets the list of cells and returns
    another, or None."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = how(notebook["cells"])
    notebook["cells"] = notebook["cells"] if cells is None else cells
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def without_checks(cells):
    return [cell for cell in cells if not cell["id"].startswith("check-")]


def stripped(cells):
    return [
        {key: value for key, value in cell.items() if key != "id"} | {"metadata": {}}
        for cell in cells
    ]


def pasted(*names, at_end=False):
    def paste(cells):
        made = []
        for cell in cells:
            made.append(cell)
            if cell["id"] in names and not at_end:
                made.append(dict(cell, id=f"{cell['id'][:5]}0a"))
        return made + [
            dict(cell, id=f"{cell['id'][:5]}0a") for cell in cells if at_end and cell["id"] in names
        ]

    return paste


def only_code(cells):
    return [cell for cell in stripped(cells) if cell["cell_type"] == "code"]


def without_setup(cells):
    return [cell for cell in cells if cell["id"] != "setup"]


def typed_into_check(cells):
    for cell in cells:
        if cell["id"] == "check-1":
            cell["source"] = "print('done')\n" + "".join(cell["source"])


CHANGED = {
    "no-checks": (without_checks, "not there, and put back: check-1, check-2"),
    "no-metadata": (stripped, "nbgrader's metadata are gone"),
    "no-metadata-and-no-checks": (
        lambda cells: stripped(without_checks(cells)),
        "put back: check-1",
    ),
    "pasted-answer": (
        pasted("answer-1"),
        "there more than once, and all of them run in their order: answer-1",
    ),
    "pasted-check": (pasted("check-2"), "in their order: check-2"),
    "pasted-both-at-the-end": (pasted("answer-1", "check-1", at_end=True), "answer-1, check-1"),
    "only-code": (only_code, "nbgrader's metadata are gone"),
    "no-setup": (without_setup, "its setup line is not the released one"),
    "typed-into-the-check": (typed_into_check, "changed, and run as released: check-1"),
}


@pytest.mark.parametrize("name", CHANGED)
def test_c13_d5_a_changed_notebook_has_each_check_once_behind_its_answer(tmp_path, name):
    how, told = CHANGED[name]
    cells = read_cells(change(hand_in(tmp_path, "ada"), how))
    notebook, remarks = rebuilt(cells, SET)
    ids = [cell["id"] for cell in notebook["cells"]]
    released = {
        cell["id"]: cell for cell in json.loads(SET.released.read_text(encoding="utf-8"))["cells"]
    }
    assert len(set(ids)) == len(ids) and ids.index("setup") < ids.index("check-1")
    sources = ["".join(cell["source"]) for cell in notebook["cells"]]
    for number, exercise in SET.exercises.items():
        check = ids.index(f"check-{number}")
        assert sources[check] == "".join(released[f"check-{number}"]["source"])
        assert notebook["cells"][check]["metadata"] == released[f"check-{number}"]["metadata"]
        answers = [
            index for index, source in enumerate(sources) if exercise.answers[-1].strip() in source
        ]
        assert answers and max(answers) < check
    assert [cell["id"] for cell in notebook["cells"] if "nbgrader" in cell["metadata"]] == [
        i for i in ids if i in released and "check" in i
    ]
    assert told in "; ".join(remarks) and (told or remarks == [])


def test_c13_a_notebook_as_it_was_released_gives_no_remark_and_the_same_cells(tmp_path):
    path = hand_in(tmp_path, "ada", solved=False)
    notebook, remarks = rebuilt(read_cells(path), SET)
    given = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert remarks == [] and [cell["id"] for cell in notebook["cells"]] == [
        cell["id"] for cell in given
    ]
    assert [cell["source"] for cell in notebook["cells"]] == [
        "".join(cell["source"]) for cell in given
    ]


@pytest.mark.parametrize(
    "mark", [b"\xef\xbb\xbf", "utf-16", b""], ids=["utf-8-bom", "utf-16-bom", "none"]
)
def test_c13_a_byte_order_mark_is_read_over(tmp_path, mark):
    path = hand_in(tmp_path, "ada")
    before, text = read_cells(path), path.read_text(encoding="utf-8")
    path.write_bytes(text.encode(mark) if isinstance(mark, str) else mark + text.encode())
    assert read_cells(path) == before


@pytest.mark.parametrize(
    "content",
    [
        "[" * 200_000,
        '{"a":' * 200_000,
        "",
        "null",
        "[]",
        '{"cells": 3}',
        '{"cells": [3]}',
        '{"cells": [{"cell_type": "code"}]}',
        "9" * 9000,
    ],
    ids=lambda content: content[:12] or "empty",
)
def test_d3_what_is_no_notebook_is_told_as_none(tmp_path, content):
    path = tmp_path / "x.ipynb"
    path.write_text(content)
    assert read_cells(path) is None


def test_d3_half_a_character_does_not_stop_the_grading(tmp_path):
    path = hand_in(tmp_path, "ada")
    path.write_text(
        path.read_text(encoding="utf-8").replace("import course", "# \\ud800\\nimport course", 1),
        encoding="utf-8",
    )
    notebook, _ = rebuilt(read_cells(path), SET)
    assert json.dumps(notebook, ensure_ascii=False).encode()


def found(folder: Path) -> dict:
    """By learner: the name of the notebook that is found (or None), all remarks."""
    scratch = folder.parent / "scratch"
    scratch.mkdir(exist_ok=True)
    told = {}
    for submission in find_submissions(folder, scratch):
        one = find_notebook(submission, SET)
        told[submission.learner] = (
            one.name if one else None,
            "; ".join(filter(None, [submission.remark, *(one.remarks if one else ())])),
        )
    return told


@pytest.mark.parametrize(
    "name",
    [
        "01_exercises (1).ipynb",
        "01_exercises-Copy1.ipynb",
        "Copy of 01_exercises.ipynb",
        "01_exercises.ipynb.txt",
        "ada_01_Exercises.ipynb",
        "final.ipynb",
    ],
)
@pytest.mark.parametrize(
    "place",
    [
        "",
        "exercises",
        f"exercises/{NAME}",
        f"my_work/exercises/{NAME}",
        "a wrapper/my_work/exercises",
        f"exercises/{NAME} (1)",
    ],
)
def test_c13_a_notebook_under_another_name_is_found_and_said_so(tmp_path, name, place):
    path = hand_in(tmp_path / "made", "ada")
    (tmp_path / "in" / "ada" / place).mkdir(parents=True)
    shutil.copy(path, tmp_path / "in" / "ada" / place / name)
    there, remark = found(tmp_path / "in")["ada"]
    if name.endswith(".txt") and not place:
        assert there == name
    assert there == "/".join(filter(None, [place, name])) and f"graded from {there}" in remark


def test_c13_the_right_name_comes_first_and_a_newer_copy_of_the_course_is_not_taken_for_work(
    tmp_path,
):
    path = hand_in(tmp_path / "in", "ada")
    shutil.copy(path, path.with_name("01_exercises (1).ipynb"))
    shutil.copy(path, path.with_name("01_exercises.new.ipynb"))
    there, remark = found(tmp_path / "in")["ada"]
    assert there == f"exercises/{NAME}/{NOTEBOOK}"
    assert remark == f"also there, and not graded: exercises/{NAME}/01_exercises (1).ipynb"


def packed(folder: Path, to: Path, prefix: str = "") -> Path:
    to.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(to, "w") as archive:
        for path in folder.rglob("*"):
            archive.write(path, prefix + path.relative_to(folder).as_posix())
    return to


def test_c13_zips_are_opened_and_junk_is_no_learner(tmp_path):
    hand_in(tmp_path / "made", "ada")
    made, submissions = tmp_path / "made" / "ada", tmp_path / "in"
    packed(made, submissions / "ada.zip")
    packed(made, submissions / "ben.ZIP", "ben/my_work/")
    packed(made, submissions / "cleo" / "homework.zip", "my_work/")
    packed(tmp_path / "in" / "cleo", submissions / "dan.zip")
    shutil.copy(made / "exercises" / NAME / NOTEBOOK, submissions / "eve.ipynb")
    for junk in (
        "__MACOSX/ada/._x",
        ".DS_Store",
        "Thumbs.db",
        "desktop.ini",
        ".ipynb_checkpoints/x",
    ):
        (submissions / junk).parent.mkdir(parents=True, exist_ok=True)
        (submissions / junk).write_text("junk")
    with zipfile.ZipFile(submissions / "ada.zip", "a") as archive:
        archive.writestr("__MACOSX/exercises/._01_exercises.ipynb", "junk")
    (submissions / "letter.rar").write_text("no zip")
    (submissions / "torn.zip").write_bytes((submissions / "ada.zip").read_bytes()[:500])
    told = found(submissions)
    assert list(told) == ["ada", "ben", "cleo", "dan", "eve", "letter.rar", "torn"]
    assert all(told[learner][0] for learner in ("ada", "ben", "cleo", "dan", "eve"))
    assert (
        told["ada"][1] == ""
        and ("neither a folder nor a zip") in told["letter.rar"][1]
        and ("cannot be unpacked") in told["torn"][1]
    )


@pytest.mark.parametrize("at", [10, 60, 200, 2000])
def test_d3_a_damaged_zip_is_a_remark(tmp_path, at):
    hand_in(tmp_path / "made", "ada")
    content = bytearray(packed(tmp_path / "made" / "ada", tmp_path / "in" / "ada.zip").read_bytes())
    content[at : at + 40] = b"\xff" * 40
    (tmp_path / "in" / "ada.zip").write_bytes(content)
    (tmp_path / "in" / "ben").mkdir()
    assert list(found(tmp_path / "in")) == ["ada", "ben"]


def test_d3_a_zip_leads_nowhere_else_and_is_not_unpacked_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr("course.exercises.submissions.LARGEST", 100_000)
    (tmp_path / "in").mkdir()
    with zipfile.ZipFile(tmp_path / "in" / "mal.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../out.txt", "x")
        archive.writestr("/out.txt", "x")
        archive.writestr(".", "x")
        archive.writestr("..\\out.txt", "x")
        archive.writestr("bomb", b"\0" * 10_000_000)
        link = zipfile.ZipInfo("a-link")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    before = {path for path in tmp_path.rglob("*")}
    there, remark = found(tmp_path / "in")["mal"]
    assert there is None and not list((tmp_path / "scratch").iterdir())
    assert {path for path in tmp_path.rglob("*")} - before == {tmp_path / "scratch"}
    for said in (
        "its name leads out of the zip: mal.zip/../../out.txt, mal.zip//out.txt, "
        "mal.zip/../out.txt",
        "a link: mal.zip/a-link",
        "bomb",
    ):
        assert said in remark


@links
def test_d3_links_pipes_and_large_files_are_left_out_and_named(tmp_path, monkeypatch):
    monkeypatch.setattr("course.exercises.submissions.LARGEST", 100_000)
    folder = hand_in(tmp_path / "in", "ada").parent
    (folder / "dangling").symlink_to(tmp_path / "nowhere")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe")
    (folder / "large.bin").write_bytes(b"\0" * 100_001)
    (tmp_path / "in" / "ben").symlink_to(tmp_path / "in" / "ada")
    (tmp_path / "in" / "cleo" / "exercises").mkdir(parents=True)
    (tmp_path / "in" / "cleo" / "exercises" / NAME).symlink_to(folder)
    os.mkfifo(tmp_path / "in" / "dan")
    deep = tmp_path / "in" / "eve"
    for _ in range(30):
        deep = deep / "d"
    deep.mkdir(parents=True)
    told, base = found(tmp_path / "in"), f"exercises/{NAME}/"
    assert told["ada"][0] == base + NOTEBOOK
    for said in (
        f"a link: {base}dangling, {base}loop",
        f"no regular file: {base}pipe",
        f"larger than 0 MB: {base}large.bin",
    ):
        assert said in told["ada"][1]
    assert told["ben"] == (None, "left out, a link: ben") and told["dan"] == (
        None,
        "left out, no regular file: dan",
    )
    assert (
        told["cleo"] == (None, f"left out, a link: exercises/{NAME}")
        and "too deep" in told["eve"][1]
    )


def test_d4_a_check_says_its_word_only_in_a_grading_and_only_for_what_is_right(monkeypatch):
    room = practice("01")
    monkeypatch.setattr(type(room), "_judge", lambda *a, **k: grading_verdict)
    from course.exercises.practice_room import Verdict

    grading_verdict = Verdict("right", "**Right.**")
    assert room.check(1, "select 1")._repr_mimebundle_() == {}
    monkeypatch.setenv("COURSE_GRADING", "a secret")
    assert room.check(1, "select 1")._repr_mimebundle_() == {
        WORD: {"word": word_of("a secret", "01-1")}
    }
    assert word_of("a secret", "01-1") != word_of("a secret", "01-2") != word_of("another", "01-2")
    grading_verdict = Verdict("not yet", "**Not yet.**")
    with pytest.raises(AssertionError):
        room.check(1, "select 1")


ROOT_OF_GRADING = "from pathlib import Path\n\nroot = Path.cwd().parents[2]\n"
ODD = {  # what stands before the first answer's own code
    "pops": "import os\nos.environ.pop('COURSE_GRADING')",
    "clears": "import os\nfor name in list(os.environ):\n    "
    "name.startswith('COURSE_G') and os.environ.pop(name)",
    "renames": "class practice:\n    check = staticmethod(lambda *answers: '**Right.**')",
    "patches": "from course.exercises.practice_room import Practice, Verdict\n"
    "Practice.check = lambda *a: Verdict('right', '**Right.**')",
    "own-result": ROOT_OF_GRADING + "(root / 'result.json')."
    'write_text(\'{"points": {"01-1": 99}}\')',
    "breaks-the-book": ROOT_OF_GRADING + "(root / 'gradebook.db').write_text('mine')",
}


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """The table of a class in which everybody hands in something odd, and one learner what was
    asked for."""
    tmp_path = tmp_path_factory.mktemp("graded")
    submissions = tmp_path / "in"
    hand_in(submissions, "[red]good &")
    for name in ("no-checks", "no-metadata", "pasted-both-at-the-end", "only-code", "no-setup"):
        change(hand_in(submissions, name), CHANGED[name][0])
    for name, code in ODD.items():
        hand_in(submissions, name, {"answer-1": code})
    hand_in(submissions, "deep").write_text("[" * 200_000)
    hand_in(submissions, "kernelspec")
    path = submissions / "kernelspec" / "exercises" / NAME / NOTEBOOK
    path.write_text(
        path.read_text(encoding="utf-8").replace('"name": "python3"', '"name": "my-own-env"'),
        encoding="utf-8",
    )
    if os.name != "nt":
        (hand_in(submissions, "loop").parent / "loop").symlink_to(submissions / "loop")
    packed(submissions / "no-setup", submissions / "zipped.zip")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_DATA", str(tmp_path / "data"))
        patch.setenv("COURSE_MY_WORK", str(tmp_path / "my_work"))
        result = grade(submissions, [SET], tmp_path / "out", timeout=60).set_index("learner")
    assert (tmp_path / "out" / "grades.csv").exists()
    return result


@pytest.mark.slow
def test_c13_d3_d5_all_that_is_right_has_its_points_and_a_remark_where_something_was_odd(table):
    print(table.to_string())
    right = [
        "[red]good &",
        "no-checks",
        "no-metadata",
        "pasted-both-at-the-end",
        "only-code",
        "no-setup",
        "kernelspec",
        "zipped",
    ]
    assert dict(table.points[right]) == dict.fromkeys(right, ALL)
    assert [name for name in right if not table.remarks[name]] == ["[red]good &", "kernelspec"]
    assert table.points["deep"] == 0 and table.remarks["deep"] == "01 not a notebook"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pops", "clears", "renames", "patches"])
def test_d4_a_submission_that_takes_the_checks_away_gets_no_point_for_it_and_is_named(table, name):
    assert table.points[name] == 0
    assert "its check was kept from judging" in table.remarks[name]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["own-result", "breaks-the-book"])
def test_d3_a_submission_that_writes_over_the_grading_is_named_and_the_others_are_graded(
    table, name
):
    assert table.points[name] <= ALL and table.remarks[name]
    assert table.points["[red]good &"] == ALL


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        '{"points": {"01-1": 99}, "said": {}, "remark": ""}',
        '{"points": [], "said": {}, "remark": ""}',
        '{"points": {}, "said": [], "remark": ""}',
        '{"points": {}}',
    ],
)
def test_d3_a_result_of_another_shape_is_no_result(tmp_path, content):
    (tmp_path / "r.json").write_text(content)
    points, said, remark = grading._read_result(tmp_path / "r.json", "Traceback\nit failed", SET)
    assert points == said == {} and remark == "could not be graded: it failed"
    (tmp_path / "folder.json").mkdir()
    assert grading._read_result(tmp_path / "folder.json", "", SET)[0] == {}


def test_c13_a_folder_with_junk_alone_has_nothing_to_grade(tmp_path):
    (tmp_path / "in" / "__MACOSX").mkdir(parents=True)
    (tmp_path / "in" / ".DS_Store").write_text("junk")
    assert grade(tmp_path / "in", [SET], tmp_path / "out").empty


def test_d3_an_error_in_grading_one_is_that_ones_remark(tmp_path, monkeypatch):
    submissions = tmp_path / "in"
    for name in ("ada", "ben"):
        hand_in(submissions, name)
    monkeypatch.setattr(grading, "_make_template", lambda template, *_: template.mkdir())
    monkeypatch.setattr(grading, "_call", lambda *a, **k: 1 / 0)
    table = grade(submissions, [SET], tmp_path / "out")
    assert list(table.learner) == ["ada", "ben"]
    assert (
        list(table.remarks) == ["01 could not be graded: ZeroDivisionError: division by zero"] * 2
    )


@pytest.mark.skipif(os.name == "nt", reason="no folder is called so on Windows")
def test_d3_a_name_is_text_in_the_table_of_a_spreadsheet_and_in_the_page(tmp_path, monkeypatch):
    (tmp_path / "in" / '=HYPERLINK("x")').mkdir(parents=True)
    (tmp_path / "in" / "<img src=x>").mkdir()
    monkeypatch.setattr(grading, "_make_template", lambda template, *_: template.mkdir())
    grade(tmp_path / "in", [SET], tmp_path / "out")
    assert "'=HYPERLINK" in (tmp_path / "out" / "grades.csv").read_text()
    assert "&lt;img src=x&gt;" in (tmp_path / "out" / "grades.html").read_text()
