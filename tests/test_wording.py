"""What other tools say is what dlt_pipelines/wording.py expects of them: each text is provoked from
the tool itself.
"""

import errno
import os
import re
import subprocess
import sys

import duckdb
import pytest

from course.environment import ROOT
from dlt_pipelines import wording
from dlt_pipelines.wording import (
    HELD,
    HOLDER,
    KERNEL_DIED,
    NO_HANDLE,
    NO_RIGHT,
    NO_ROOM,
    NO_SUCH_MODEL,
    NO_TABLE,
    NOT_COMPILED,
    NOTHING_SELECTED,
    OPEN_HERE,
    OUT_OF_MEMORY,
    SELECTION,
    says,
)


def test_duckdb_says_that_another_process_has_the_file_and_which(tmp_path):
    file = tmp_path / "held.duckdb"
    code = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); "
        "sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        holder.stdout.readline()
        with pytest.raises(duckdb.IOException) as error:
            duckdb.connect(str(file))
    finally:
        holder.communicate()
    assert says(str(error.value), *HELD)
    if sys.platform != "win32":
        assert HOLDER.search(str(error.value))[1] == str(holder.pid)


def test_duckdb_says_that_this_process_has_the_file_itself(tmp_path):
    file = tmp_path / "own.duckdb"
    with duckdb.connect(str(file)), duckdb.connect() as other, pytest.raises(duckdb.Error) as error:
        other.execute(f"attach '{file}'")
    assert says(str(error.value), OPEN_HERE) and not says(str(error.value), *HELD)


def test_duckdb_says_that_a_table_is_not_there():
    with pytest.raises(duckdb.CatalogException) as error:
        duckdb.connect().execute("select 1 from reviews")
    assert NO_TABLE.search(str(error.value))


def test_duckdb_says_that_memory_is_too_small():
    small = {"memory_limit": "2MB", "threads": 1, "temp_directory": ""}
    with (
        duckdb.connect(config=small) as connection,
        pytest.raises(duckdb.OutOfMemoryException) as error,
    ):
        connection.execute("select list(range) from range(5_000_000)").fetchall()
    assert says(str(error.value), OUT_OF_MEMORY)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has its own words")
@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        (("ENOSPC", "EFBIG", "EDQUOT"), NO_ROOM),
        (("EROFS", "EACCES"), NO_RIGHT),
        (("EMFILE",), NO_HANDLE),
    ],
)
def test_the_system_says_what_it_refuses(numbers, words):
    for number in numbers:
        assert says(os.strerror(getattr(errno, number)), *words), number


@pytest.mark.skipif(sys.platform != "win32", reason="only Windows says it so")
def test_windows_says_what_it_refuses():
    from ctypes import FormatError

    assert says(FormatError(112), *NO_ROOM) and says(FormatError(5), *NO_RIGHT)


@pytest.mark.skipif(sys.platform == "win32", reason="a limit on files is a Unix matter")
@pytest.mark.parametrize(
    ("limit", "words"), [("RLIMIT_FSIZE", NO_ROOM), ("RLIMIT_NOFILE", NO_HANDLE)]
)
def test_duckdb_hands_on_what_the_system_says(tmp_path, limit, words):
    code = f"""
import duckdb, resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
connection = duckdb.connect()
resource.setrlimit(resource.{limit}, (5, 5))
try:
    connection.execute("copy (select range as n from range(100000)) to '{tmp_path}/out.csv'")
    connection.execute("select * from read_csv('{tmp_path}/out.csv')")
except Exception as error:
    print(error)
"""
    if limit == "RLIMIT_NOFILE":
        code = code.replace("(5, 5)", "(3, 3)")
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    assert says(said, *words), said


@pytest.fixture(scope="module")
def said_by_dbt(tmp_path_factory):
    """What dbt says of a small project: of a selection without a node, of a model that is not
    there, of a bracket that does not close.
    """
    from dbt.cli.main import dbtRunner

    project = tmp_path_factory.mktemp("dbt")
    (project / "models").mkdir()
    (project / "dbt_project.yml").write_text(
        "name: small\nversion: '1.0'\nprofile: small\nflags: {send_anonymous_usage_stats: false}\n"
    )
    (project / "profiles.yml").write_text(
        "small: {target: dev, outputs: {dev: {type: duckdb, path: ':memory:'}}}\n"
    )
    model = project / "models" / "one.sql"

    def said(text, *arguments):
        model.write_text(text)
        quiet = ["--log-level", "none", "--no-partial-parse", "--log-path", str(project)]
        nothing = ["--warn-error-options", '{"error": ["NoNodesForSelectionCriteria"]}']
        places = [
            "--project-dir",
            str(project),
            "--profiles-dir",
            str(project),
            "--target-path",
            str(project / "target"),
        ]
        return str(dbtRunner().invoke([*quiet, *nothing, *arguments, *places]).exception)

    return {
        "selection": said("select 1 as one", "ls", "--select", "two"),
        "ref": said("select * from {{ ref('two') }}", "parse"),
        "jinja": said("select * from {{ ref('two') }", "parse"),
    }


def test_dbt_says_what_it_cannot_do(said_by_dbt):
    assert says(said_by_dbt["selection"], NOTHING_SELECTED)
    assert SELECTION.search(said_by_dbt["selection"])[1] == "two"
    assert says(said_by_dbt["ref"], NO_SUCH_MODEL)
    assert says(said_by_dbt["jinja"], NOT_COMPILED) and not says(
        said_by_dbt["jinja"], NO_SUCH_MODEL
    )


def test_a_kernel_that_ends_itself_is_told_of_in_these_words():
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import os; os._exit(1)")])
    with pytest.raises(DeadKernelError) as error:
        NotebookClient(notebook, kernel_name="python3").execute()
    assert (error.type.__name__, str(error.value)) == KERNEL_DIED


def test_the_texts_stand_in_one_place():
    texts = [
        each
        for value in vars(wording).values()
        for each in (value if isinstance(value, tuple) else (value,))
    ]
    texts = [text for text in texts if isinstance(text, str) and " " in text and "\n" not in text]
    assert len(texts) >= 15
    for path in [
        p
        for top in ("course", "dlt_pipelines")
        for p in (ROOT / top).rglob("*.py")
        if p.name != "wording.py"
    ]:
        looked_for = re.findall(
            r"""["']([^"'\n]+)["'] (?:not )?in \w""", path.read_text(encoding="utf-8")
        )
        assert not set(looked_for) & set(texts), path
