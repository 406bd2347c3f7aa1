"""Which files a path names: folders, patterns, links, and names with whatever signs."""

import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support import ask, lines, review

from dlt_pipelines import amazon_products_pipeline as pipeline
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.load import bulk
from dlt_pipelines.load.input_files import find_files

needs_links = pytest.mark.skipif(os.name == "nt", reason="a link needs rights on Windows")
needs_bytes = pytest.mark.skipif(sys.platform != "linux", reason="other systems want UTF-8 names")


def put(path: Path, *numbers: int) -> Path:
    """A file of reviews; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(lines(*map(review, numbers or [1])))
    return path


def names(path) -> list[str]:
    return [file.name for file in find_files(path)]


@needs_links
def test_b4_a_folder_that_is_a_link_is_followed(tmp_path):
    put(tmp_path / "elsewhere" / "deep" / "A.jsonl")
    put(tmp_path / "in" / "B.jsonl")
    (tmp_path / "in" / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "in" / "C.jsonl").symlink_to(tmp_path / "elsewhere" / "deep" / "A.jsonl")
    assert names(tmp_path / "in") == ["B.jsonl", "C.jsonl"]  # A once, though two links lead to it
    (tmp_path / "in" / "C.jsonl").unlink()
    assert names(tmp_path / "in") == ["B.jsonl", "linked/deep/A.jsonl"]
    assert names(f"{tmp_path}/in/**/*.jsonl") == ["B.jsonl", "linked/deep/A.jsonl"]


@needs_links
def test_b4_loops_of_links_end_and_each_file_is_read_once(own_state):
    folder = own_state / "in"
    put(folder / "z" / "A.jsonl", 1, 2)
    put(own_state / "beside" / "not asked for.jsonl", 9)
    for name, leads_to in {
        "a": "z",
        "z/up": folder,
        "z/here": ".",
        "z/x": "../y",
        "y": "z",
        "out": own_state,
        "ring": "ring",
    }.items():
        (folder / name).symlink_to(leads_to)
    assert names(folder) == ["z/A.jsonl"]
    for pattern in ("**", "**/*.jsonl", "*"):
        assert names(f"{folder}/{pattern}") == ["z/A.jsonl"]
    pipeline.run(source="files", path=folder, target="t")
    assert ask("t", "select rows_in, inserted from amazon_raw.load_reconciliation") == [(2, 2)]


@needs_links
def test_b4_a_link_that_leads_nowhere_is_an_error_where_records_are_promised(tmp_path):
    put(tmp_path / "in" / "A.jsonl")
    (tmp_path / "in" / "notes.txt").symlink_to(tmp_path / "gone.txt")
    assert names(tmp_path / "in") == ["A.jsonl"]
    (tmp_path / "in" / "B.jsonl.gz").symlink_to(tmp_path / "gone.jsonl.gz")
    with pytest.raises(PipelineError, match=r"B\.jsonl\.gz cannot be read") as caught:
        find_files(tmp_path / "in")
    assert caught.value.faq == "unreadable-file"


@pytest.mark.parametrize("folder", ["a [2023]", "[ab]", "x[", "{a,b}", "100% done", "it's", "-in"])
def test_b8_a_pattern_works_in_a_folder_with_signs_of_patterns(tmp_path, monkeypatch, folder):
    put(tmp_path / folder / "A.jsonl")
    put(tmp_path / folder / "more" / "B.jsonl")
    put(tmp_path / "a" / "Other.jsonl")
    monkeypatch.chdir(tmp_path / folder)
    for path in ("*.jsonl", "./*.jsonl", f"{tmp_path}/{folder}/*.jsonl", f"../{folder}/*.jsonl"):
        assert names(path) == ["A.jsonl"], path
    for path in (".", f"../{folder}", tmp_path / folder, "**/*.jsonl", "*"):
        assert names(path) == ["A.jsonl", "more/B.jsonl"], path


@pytest.mark.skipif(os.name == "nt", reason="these signs cannot be in a name on Windows")
def test_b8_a_file_whose_name_has_such_signs_is_that_file_and_no_other(own_state, monkeypatch):
    odd = [
        "R[1]",
        "R*",
        "R?",
        "{R,S}",
        'it\'s "R"; --',
        "~R",
        "R\\1",
        "R\n",
        "R1",
        "Rx",
        "file:R",
        "-",
    ]
    odd = [f"{name}.jsonl" for name in odd]
    for number, name in enumerate(odd):
        put(own_state / "in" / name, number)
    monkeypatch.chdir(own_state / "in")
    for name in odd:
        assert names(own_state / "in" / name) == names(name) == [name]
    for path in (".", own_state / "in"):
        pipeline.run(source="files", path=path, target="all")
    users = [(f"U{n:04}",) for n in range(len(odd))]
    assert ask("all", "select user_id from amazon_raw.reviews order by 1") == users
    counted = ask("all", "select source, inserted + unchanged from amazon_raw.load_reconciliation")
    assert sorted(counted) == sorted([(name, 1) for name in odd] * 2)
    pipeline.run(source="files", path="R*.jsonl", target="one")  # there is such a file
    assert ask("one", "select user_id from amazon_raw.reviews") == [("U0001",)]


def test_b8_patterns_name_files_and_folders(tmp_path):
    for name in (
        "raw_review_A/full-0.jsonl",
        "raw_review_B/full-0.jsonl",
        "raw_meta_A/full-0.jsonl",
        "A1.jsonl",
        "A2.jsonl",
    ):
        put(tmp_path / name)
    assert names(f"{tmp_path}/raw_review_*") == [
        "raw_review_A/full-0.jsonl",
        "raw_review_B/full-0.jsonl",
    ]
    assert names(f"{tmp_path}/raw_*_A/*.jsonl") == [
        "raw_meta_A/full-0.jsonl",
        "raw_review_A/full-0.jsonl",
    ]
    assert names(f"{tmp_path}/A[13].jsonl") == names(f"{tmp_path}/A?.jsonl")[:1] == ["A1.jsonl"]
    for path, faq in {
        "B*.jsonl": "nothing-to-load",
        "nowhere/*.jsonl": "no-such-path",
        "A1.jsonl/x": "no-such-path",
    }.items():
        with pytest.raises(PipelineError) as caught:
            find_files(f"{tmp_path}/{path}")
        assert caught.value.faq == faq


@needs_bytes
@pytest.mark.parametrize(
    ("form", "line_by_line"),
    [("jsonl", False), ("parquet", False), ("parquet", True)],
)
def test_b9_a_name_that_is_not_utf_8_loads(own_state, monkeypatch, form, line_by_line):
    if line_by_line:
        monkeypatch.setattr(bulk, "_index", lambda *a: False)
    folder = own_state / "in" / os.fsdecode(b"d\xfcr")
    file = put(folder / os.fsdecode(f"caf.{form}".encode().replace(b"caf", b"caf\xe9")), *range(20))
    if form == "parquet":
        with file.open("wb") as stream:
            pq.write_table(pa.Table.from_pylist([review(n) for n in range(20)]), stream)
    put(own_state / "in" / "café.jsonl", 50)
    for target in ("folder", "again", "again"):
        pipeline.run(source="files", path=own_state / "in", target=target)
    counted = "select source, inserted from amazon_raw.load_reconciliation order by load_id, source"
    assert ask("folder", counted) == [("café.jsonl", 1), (f"d\\xfcr/caf\\xe9.{form}", 20)]
    assert [inserted for _, inserted in ask("again", counted)] == [1, 20, 0, 0]
    pipeline.run(source="files", path=file, target="file")
    assert ask("file", counted) == [(f"caf\\xe9.{form}", 20)]


@needs_bytes
def test_b9_an_error_about_such_a_file_can_be_written_anywhere(own_state):
    file = own_state / os.fsdecode(b"caf\xe9.jsonl")
    for content, faq in (
        (b"PK\x03\x04", "nothing-accepted"),
        (b"no record", "nothing-accepted"),
        (b"PAR1", "unreadable-file"),
    ):
        file.write_bytes(content)
        with pytest.raises(PipelineError) as caught:
            pipeline.run(source="files", path=file, target="t")
        assert caught.value.faq == faq
        assert "caf\\xe9.jsonl" in str(caught.value).encode("utf-8").decode()
    file.unlink()
    with pytest.raises(PipelineError) as caught:
        find_files(file)
    assert str(caught.value).encode("utf-8")


@needs_bytes
def test_b9_a_run_says_that_such_a_path_cannot_be_written_into_a_notebook(own_state):
    folder = own_state / os.fsdecode(b"d\xfcr")
    put(folder / "A.jsonl")
    command = [
        sys.executable,
        "-m",
        "course.cli",
        "run",
        "--source",
        "files",
        "--path",
        folder,
        "--target",
        "t",
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "d\\xfcr is no UTF-8 text" in done.stderr.replace("\n", "")
    assert "Traceback" not in done.stderr
