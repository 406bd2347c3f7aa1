"""What stands around a run changes no result: variables and files of dlt, dbt, Jupyter, IPython,
matplotlib, pip, Python and git.
"""

import json
import os
import re
import subprocess
import sys
from importlib.machinery import PathFinder
from pathlib import Path

import nbformat
import pytest
from dlt.common import known_env
from dlt.common.configuration.providers import EnvironProvider
from dlt.common.configuration.specs import BaseConfiguration
from nbclient import NotebookClient
from support import ask, fingerprints

from course import environment as course_environment
from course.dbt import dbt
from course.environment import MEANT, ROOT, is_foreign, own_settings
from dlt_pipelines import amazon_products_pipeline as pipeline
from dlt_pipelines import surroundings
from dlt_pipelines.surroundings import OWN, PASSES, is_dlt_setting

pytestmark = pytest.mark.slow  # real processes, one after the other: with --all

LOAD = ("dlt_pipelines/amazon_products_pipeline.py", "--target", "t")


def python(*words, cwd=ROOT, **variables):
    """This Python, with more variables in its environment."""
    return subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=cwd,
        env=os.environ | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )


def course(*words, **variables):
    return python("-m", "course.cli", *words, **variables)


def asked_of_dlt(monkeypatch) -> dict[str, object]:
    """The variables that dlt looks for in two loads and a full refresh, with their types."""
    asked, looked_for = {}, EnvironProvider.get_value

    def get_value(self, key, hint, *sections):
        value, name = looked_for(self, key, hint, *sections)
        asked[name] = hint
        return value, name

    with monkeypatch.context() as patch:
        patch.setattr(EnvironProvider, "get_value", get_value)
        for full_refresh in (False, False, True):
            pipeline.run(target="asked", full_refresh=full_refresh)
    return asked


# dlt (C3)


def test_c3_every_variable_that_dlt_looks_for_in_a_load_is_cleared_or_meant(monkeypatch):
    asked = asked_of_dlt(monkeypatch)
    assert len(asked) > 500
    passed = {name for name in asked if not is_dlt_setting(name) and not name.startswith(PASSES)}
    assert passed == {"ENVIRONMENT"}  # a label of dlt's traces
    assert all(
        is_dlt_setting(value) for name, value in vars(known_env).items() if name.startswith("DLT_")
    )


def test_c3_a_project_dir_elsewhere_and_a_dev_mode_change_no_load(own_state):
    told = python(*LOAD, DLT_PROJECT_DIR=str(own_state))
    assert told.returncode == 0, told.stderr
    first = ask("t", "select count(*), count(_dlt_load_id) from amazon_raw.reviews")
    assert first[0][0] == first[0][1] > 5000
    hostile = {
        "DEV_MODE": "true",
        "AMAZON_PRODUCTS__DATASET_NAME": "x",
        "NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID": "false",
    }
    told = python(*LOAD, **hostile)
    assert told.returncode == 0, told.stderr
    assert ask("t", "select count(*), count(_dlt_load_id) from amazon_raw.reviews") == first
    assert [
        name
        for (name,) in ask(
            "t", "select schema_name from duckdb_schemas() where schema_name like 'amazon_raw_2%'"
        )
    ] == []


@pytest.mark.parametrize(
    "name",
    [
        "SOURCES__SHOP__API_KEY",
        "DESTINATION__BIGQUERY__CREDENTIALS__PRIVATE_KEY",
        "MARKETPLACE__SEED",
    ],
)
def test_c3_what_a_person_means_for_a_load_passes(name):
    told = python("-c", f"import course, os; print(os.environ[{name!r}])", **{name: "mine"})
    assert told.stdout.strip() == "mine"


@pytest.mark.parametrize(
    "name",
    ["AIRFLOW__CORE__DAGS_FOLDER", "HTTPS_PROXY", "SSL_CERT_FILE", "HOST", "USERNAME", "PATH"],
)
def test_c3_the_variables_of_others_stay(name):
    assert not is_dlt_setting(name) and not is_foreign(name)


def test_c3_settings_come_from_the_pipelines_own_file_and_secrets_from_the_users(
    own_state, monkeypatch
):
    home, project = own_state / "home", own_state / "project"
    settings = (
        'dev_mode = true\n[extract]\nnext_item_mode = "round_robin"\n[marketplace]\nseed = '
        '99\n[schema]\nnaming = "direct"\n'
    )
    for folder, key in ((home, "of-the-home"), (project / ".dlt", "of-the-project")):
        folder.mkdir(parents=True)
        (folder / "config.toml").write_text(settings, encoding="utf-8")
        secrets = f'{settings}[sources.{key.split("-")[-1]}]\nkey = "{key}"\n'
        (folder / "secrets.toml").write_text(secrets, encoding="utf-8")
    monkeypatch.setattr("dlt.common.runtime.run_context.global_dir", lambda: str(home))
    monkeypatch.setenv("DLT_PROJECT_DIR", str(project))
    monkeypatch.setenv(surroundings.SECRETS, "")
    monkeypatch.delenv("MARKETPLACE__SEED")
    surroundings.prepare()
    surroundings.shield_dlt()
    import dlt

    try:
        assert dlt.config.get("dev_mode") is None
        assert dlt.config.get("schema.naming") is None
        assert dlt.config.get("extract.next_item_mode") == "fifo"
        assert dlt.config.get("marketplace.seed") == 1
        assert (dlt.secrets["sources.home.key"], dlt.secrets["sources.project.key"]) == (
            "of-the-home",
            "of-the-project",
        )
    finally:
        monkeypatch.undo()
        surroundings.shield_dlt()


# dbt (C4)


def variables_of_dbt() -> set[str]:
    """The variables that dbt's command line takes for its options."""
    from dbt.cli.main import cli

    def of(command):
        for parameter in command.params:
            yield from (
                [parameter.envvar] if isinstance(parameter.envvar, str) else parameter.envvar or ()
            )
        for other in getattr(command, "commands", {}).values():
            yield from of(other)

    return set(of(cli))


def test_c4_every_variable_of_dbts_options_is_cleared():
    names = variables_of_dbt()
    assert len(names) > 80
    assert {name for name in names if not is_foreign(name)} == set()
    assert not is_foreign("DBT_THREADS") and not is_foreign("DBT_ENV_SECRET_TOKEN")


def test_c4_dbt_in_this_process_heeds_no_variable_and_leaves_the_environment_as_it_was(monkeypatch):
    for name, value in {
        "DBT_PROFILE": "x",
        "DBT_WARN_ERROR": "true",
        "DBT_PROJECT_DIR": "/",
        "DBT_ENGINE_TARGET": "prod",
    }.items():
        monkeypatch.setenv(name, value)
    before = dict(os.environ)
    assert "dim_products" in set(dbt("ls", "--resource-type", "model", "--output", "name").name)
    assert dict(os.environ) == before


def test_c4_the_dbt_command_heeds_no_variable_either():
    told = course(
        "dbt",
        "ls",
        "--resource-type",
        "model",
        "--output",
        "name",
        DBT_PROFILE="x",
        DBT_EXCLUDE_RESOURCE_TYPES="model",
    )
    assert told.returncode == 0, told.stdout
    assert "dim_products" in told.stdout


# Jupyter, IPython, matplotlib, Python (C5)

DRAWS = (
    "import course\nimport matplotlib.pyplot as plt\n1\nplt.plot([1, "
    "2])\nplt.matplotlib.colors.to_hex(plt.gca().lines[0].get_color())"
)


def hostile_home(home: Path) -> int:
    """Write settings of every tool into a home folder, each of which would change a result; returns
    how many files they are.
    """
    ipython = (
        "c = get_config()\nc.InteractiveShell.ast_node_interactivity = "
        "'all'\nc.InteractiveShellApp.exec_lines = ['import nowhere']\n"
    )
    kernel = json.dumps(
        {
            "argv": ["/nowhere/python", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            "language": "python",
        }
    )
    rc = "lines.color: red\naxes.prop_cycle: cycler('color', ['red'])\nbackend: pdf\n"
    dlt_settings = 'dev_mode = true\n[schema]\nnaming = "direct"\n[runtime]\nlog_level = "DEBUG"\n'
    files = {
        ".ipython/profile_default/ipython_config.py": ipython,
        ".ipython/profile_default/ipython_kernel_config.py": ipython,
        ".ipython/profile_default/startup/00-first.py": "raise SystemExit('a startup file ran')\n",
        ".jupyter/jupyter_config.json": '{"KernelSpecManager": {"allowed_kernelspecs": ["none"]}}',
        ".jupyter/jupyter_server_config.py": "c.ServerApp.token = ''\n",
        ".jupyter/jupyter_nbconvert_config.json": '{"HTMLExporter": {"exclude_output": true}}',
        ".jupyter/nbgrader_config.py": "c.CourseDirectory.course_id = 'another'\n",
        ".local/share/jupyter/kernels/python3/kernel.json": kernel,
        ".config/matplotlib/matplotlibrc": rc,
        ".matplotlib/matplotlibrc": rc,
        ".jupysql/config": "[tool.jupysql.SqlMagic]\nautopandas = false\n"
        "displaylimit = 1\nautolimit = 1\n",
        ".dlt/config.toml": dlt_settings,
        ".dlt/secrets.toml": dlt_settings,
        ".dbt/profiles.yml": "amazon_analytics:\n  target: course\n"
        "  outputs: {course: {type: nowhere}}\n",
        ".dbt/dbt_cloud.yml": "version: 1\n",
        ".config/pip/pip.conf": "[global]\nuser = true\ntarget = /nowhere\n",
        ".config/uv/uv.toml": '[pip]\ntarget = "/nowhere"\n',
        ".gitconfig": "[core]\n\tautocrlf = true\n\tquotePath = true\n",
        ".duckdbrc": "set memory_limit = '1MB';\n",
        ".pdbrc": "quit\n",
        ".condarc": "channels: [nowhere]\n",
    }
    for name, text in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text, encoding="utf-8")
    return len(files)


def shown_by_a_run(own_state, two_lessons, code, **variables):
    """What the last cell of a lesson shows in `course run`."""
    two_lessons("02_second_thing.ipynb", "pass", last=code)
    lessons = str(own_state / "notebooks")
    start = (
        "from pathlib import Path\nfrom course import cli, notebooks\nnotebooks.NOTEBOOKS = "
        f"Path({lessons!r})\ncli.main()"
    )
    told = python("-c", start, "run", **variables)
    assert told.returncode == 0, told.stdout + told.stderr
    notebook = nbformat.read(next((own_state / "runs").glob("*/02_*.ipynb")), as_version=4)
    return notebook.cells[-1].outputs


@pytest.fixture
def home(own_state):
    hostile_home(own_state / "home")
    return {
        "HOME": str(own_state / "home"),
        "USERPROFILE": str(own_state / "home"),
        "XDG_CONFIG_HOME": str(own_state / "home" / ".config"),
    }


def test_c5_pictures_are_inline_and_profile_kernel_and_matplotlibrc_are_the_courses_own(
    own_state, two_lessons, home
):
    foreign = str(own_state / "home" / ".local/share/jupyter")
    more = {
        "MPLBACKEND": "Agg",
        "JUPYTER_PATH": foreign,
        "JUPYTER_PREFER_ENV_PATH": "0",
        "IPYTHONDIR": f"{home['HOME']}/.ipython",
    }
    outputs = shown_by_a_run(own_state, two_lessons, DRAWS, **home, **more)
    results = [
        output.data["text/plain"] for output in outputs if output.output_type == "execute_result"
    ]
    assert results == ["'#0072b2'"]  # one result, and the first colour of the course
    assert [
        "image/png" in output.data for output in outputs if output.output_type == "display_data"
    ] == [True]


def test_c5_a_startup_script_and_warnings_as_errors_do_not_reach_a_kernel(own_state, two_lessons):
    (own_state / "startup.py").write_text(
        "import pandas as pd\npd.options.display.max_rows = 1\nhere = True\n", encoding="utf-8"
    )
    code = (
        "import course\nimport warnings\nwarnings.warn('old', "
        "DeprecationWarning)\nprint('here' "
        "in globals(), __debug__)"
    )
    more = {
        "PYTHONSTARTUP": str(own_state / "startup.py"),
        "PYTHONWARNINGS": "error",
        "PYTHONOPTIMIZE": "2",
        "COLUMNS": "20",
    }
    outputs = shown_by_a_run(own_state, two_lessons, code, **more)
    assert [output.text for output in outputs if output.name == "stdout"] == ["False True\n"]


def test_c5_a_kernel_that_another_jupyter_started_draws_inline_and_shows_one_result_a_cell(
    own_state, monkeypatch, home
):
    (Path(home["HOME"]) / ".ipython/profile_default/startup/00-first.py").unlink()
    mild = "get_config().InteractiveShell.ast_node_interactivity = 'all'\n"
    for name in ("ipython_config.py", "ipython_kernel_config.py"):
        (Path(home["HOME"]) / ".ipython/profile_default" / name).write_text(mild, encoding="utf-8")
    monkeypatch.setenv("IPYTHONDIR", f"{home['HOME']}/.ipython")
    monkeypatch.setenv("MPLBACKEND", "Agg")
    cells = [nbformat.v4.new_code_cell("import course"), nbformat.v4.new_code_cell(DRAWS)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, kernel_name="python3").execute()
    kinds = [output.output_type for output in cells[1].outputs]
    assert sorted(kinds) == ["display_data", "execute_result"]


def test_c5_jupysql_shows_all_rows_and_opens_the_warehouse_alone_whatever_its_files_say(
    own_state, monkeypatch
):
    pipeline.run(target="dev")
    profile = own_state / "home/.ipython/profile_default"
    profile.mkdir(parents=True)
    (profile / "ipython_kernel_config.py").write_text(
        "get_config().SqlMagic.autolimit = 1\n", encoding="utf-8"
    )
    (own_state / "home/.jupysql").mkdir()
    stray = own_state / "stray.db"
    (own_state / "home/.jupysql/connections.ini").write_text(
        f"[default]\ndrivername = sqlite\ndatabase = {stray}\n", encoding="utf-8"
    )
    monkeypatch.setenv("HOME", str(own_state / "home"))
    monkeypatch.setenv("IPYTHONDIR", str(own_state / "home/.ipython"))
    monkeypatch.setenv("DATABRICKS_RUNTIME_VERSION", "1")
    code = (
        "from course.lesson import Lesson, connect_jupysql\nconnect_jupysql(Lesson('03', "
        "'marketplace', '', 'dev', '', False))"
    )
    ask_all = "got = %sql select * from amazon_raw.reviews\nlen(got), type(got).__name__"
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(code), nbformat.v4.new_code_cell(ask_all)]
    )
    NotebookClient(notebook, kernel_name="python3").execute()
    assert notebook.cells[1].outputs[-1].data["text/plain"] == "(6000, 'DataFrame')"
    assert not stray.exists()


def test_c5_the_lab_takes_no_settings_of_jupyter_from_the_home_folder():
    told = python(
        "-c",
        "import course\nfrom jupyter_core import paths\nprint(paths.jupyter_config_dir(), "
        "paths.jupyter_path('kernels')[0])",
    )
    configuration, kernels = told.stdout.split()
    assert configuration == str(Path(os.environ["COURSE_MY_WORK"]) / ".jupyter")
    assert kernels == str(Path(sys.prefix) / "share" / "jupyter" / "kernels")


# A terminal's width and colours (C12)


def test_c12_a_terminals_colours_and_width_change_no_test(own_state):
    """Of the tests, those that read what a command says of a wrong option; and a lesson's table is
    as wide as ever.
    """
    given = {
        "FORCE_COLOR": "1",
        "PY_COLORS": "1",
        "CLICOLOR_FORCE": "1",
        "GITHUB_ACTIONS": "true",
        "COLUMNS": "40",
        "TERM": "dumb",
        "NO_COLOR": "1",
    }
    told = python(
        "-m",
        "pytest",
        "-q",
        "-n0",
        "-p",
        "no:cacheprovider",
        "tests/test_history.py",
        "-k",
        "a_picture_that_cannot_be_written_is_told_in_words",
        **given,
    )
    assert re.search(r"\b[1-9]\d* passed", told.stdout), told.stdout


def test_c12_in_a_kernel_no_terminal_has_a_width(own_state, two_lessons):
    code = (
        "import course, rich.console, pandas as "
        "pd\nprint(rich.console.Console().width)\npd.DataFrame({'a' * 60: [1], 'b' * 60: [2]})"
    )
    plain = shown_by_a_run(own_state, two_lessons, code)
    (own_state / "runs").rename(own_state / "runs-before")
    assert (
        shown_by_a_run(
            own_state, two_lessons, code, FORCE_COLOR="1", COLUMNS="40", LINES="9", NO_COLOR="1"
        )
        == plain
    )


# The doctor


def test_the_doctor_names_what_is_inherited_and_a_foreign_kernel(own_state):
    hostile_home(own_state / "home")
    jupyter = str(own_state / "home" / ".local/share/jupyter")
    told = course(
        "doctor",
        "--json",
        DBT_PROFILE="secret-value",
        DEV_MODE="true",
        MPLBACKEND="Agg",
        JUPYTER_PATH=jupyter,
    )
    findings = [
        each for each in json.loads(told.stdout) if each["looked_at"] in ("variables", "kernel")
    ]
    assert [(each["state"], each["fault"]) for each in findings] == [
        ("found", "inherited-settings"),
        ("note", ""),
        ("found", "inherited-settings"),
    ]
    assert ("DBT_PROFILE, DEV_MODE") in findings[0]["detail"] and findings[0]["fix"] == [
        "unset DBT_PROFILE DEV_MODE"
    ]
    assert "MPLBACKEND" in findings[1]["detail"]
    assert "/nowhere/python" in findings[2]["detail"]
    assert "secret-value" not in told.stdout


def test_the_doctor_says_nothing_of_what_the_course_itself_has_set():
    told = course(
        "doctor",
        "--json",
        **own_settings(),
        **OWN,
        DLT_DATA_DIR="x",
        DBT_THREADS="1",
        MARKETPLACE__SEED="3",
    )
    assert [
        each for each in json.loads(told.stdout) if each["looked_at"] in ("variables", "kernel")
    ] == []


# All at once

SOURCES = (
    "jupyter_core",
    "jupyter_client",
    "jupyter_server",
    "jupyterlab",
    "IPython",
    "ipykernel",
    "matplotlib",
    "matplotlib_inline",
    "sql",
)
NAMES = (
    r"(?:environ(?:\.get)?|getenv)[\[(]\s*"
    r"[\"']((?:JUPYTER|IPYTHON|IPY|MPL|MATPLOTLIB|PLOOMBER|PYTHON)\w*)[\"']"
)
# No program can mend these: they change Python before its first line runs.
AT_ITS_START = {
    "PYTHONHOME",
    "PYTHONPLATLIBDIR",
    "PYTHONPATH",
    "PYTHONVERBOSE",
    "PYTHONMALLOC",
    "PYTHONINSPECT",
}
PATIENCE = "RUNTIME__REQUEST_"  # a user's own


def value_for(name: str, hint: object = None) -> str:
    """A value of the kind that the tool takes, and another one than the course's."""
    numbers = {
        "PYTHONHASHSEED": "7",
        "PYTHONINTMAXSTRDIGITS": "700",
        "PYTHONIOENCODING": "ascii",
        "PYTHONUTF8": "0",
        "PYTHONWARNINGS": "error",
    }
    truths = (
        "DBT_",
        "PYTHON",
        "JUPYTER_NO",
        "JUPYTER_PREFER",
        "JUPYTER_PLATFORM",
        "IPYTHON_SUPPRESS",
    )
    if name in numbers:
        return numbers[name]
    return (
        "1" if "bool" in str(hint) or "int" in str(hint) or name.startswith(truths) else "/nowhere"
    )


def specifications(kind=BaseConfiguration):
    for each in kind.__subclasses__():
        yield each
        yield from specifications(each)


def hostile_variables(monkeypatch) -> dict[str, str]:
    """Every variable that the tools themselves say they read, set to what would change a result."""
    asked = asked_of_dlt(monkeypatch)
    # what dlt would look for with other sources, destinations and providers
    for each in specifications():
        for field, hint in each.get_resolvable_fields().items():
            asked.setdefault("__".join(filter(None, [each.__section__, field])).upper(), hint)
    names = {
        value: None for name, value in vars(known_env).items() if name.startswith("DLT_")
    } | asked
    names |= dict.fromkeys(variables_of_dbt())
    for package in SOURCES:
        for path in Path(PathFinder.find_spec(package).origin).parent.rglob("*.py"):
            names |= dict.fromkeys(re.findall(NAMES, path.read_text(encoding="utf-8")))
    told = subprocess.run(
        [sys.executable, "--help-env"], capture_output=True, text=True, check=True
    ).stdout
    names |= dict.fromkeys(re.findall(r"^(?:-\w )?(PYTHON\w+)", told, re.MULTILINE))
    asking = (
        "from pip._internal.commands import create_command\n"
        "for option in create_command('install').parser.option_list_all: print(option.dest or '')"
    )  # in a process of its own: who has imported pip cannot import nbgrader any more
    told = subprocess.run(
        [sys.executable, "-c", asking], capture_output=True, text=True, check=True
    ).stdout
    assert "target_dir" in told.split()
    names |= {f"PIP_{option.upper()}": None for option in told.split()}
    names |= dict.fromkeys(
        [
            "GIT_DIR",
            "GIT_WORK_TREE",
            "GIT_INDEX_FILE",
            "MATPLOTLIBRC",
            "FORCE_COLOR",
            "COLUMNS",
            "LINES",
            "DUCKDB_HOME",
        ]
    )
    kept = {"HOME", "PATH", "USERPROFILE", "MPLCONFIGDIR", *AT_ITS_START}
    meant = (PATIENCE, "MARKETPLACE__", "COURSE_", *MEANT)
    return {
        name: value_for(name, hint)
        for name, hint in names.items()
        if name not in kept and not name.startswith(meant)
    }


@pytest.mark.slow
def test_a_hostile_environment_changes_no_mart(own_state, monkeypatch, record_property):
    variables, files = hostile_variables(monkeypatch), hostile_home(own_state / "home")
    here = own_state / "here"  # where the command is called: settings lie there too
    (here / ".dlt").mkdir(parents=True)
    for name, text in {
        ".dlt/config.toml": "dev_mode = true\n",
        ".dlt/secrets.toml": "dev_mode = true\n",
        "profiles.yml": "amazon_analytics: {}\n",
        "dbt_project.yml": "name: another\n",
        "matplotlibrc": "backend: pdf\n",
        "sitecustomize.py": "raise SystemExit('sitecustomize ran')\n",
        ".env": "COURSE_DATA=/nowhere\n",
        "pyproject.toml": "[tool.jupysql.SqlMagic]\nautopandas = false\n",
    }.items():
        (here / name).write_text(text, encoding="utf-8")
        files += 1
    assert len(variables) > 1000 and files > 25, (len(variables), files)
    record_property("hostile", f"{len(variables)} variables, {files} files")
    told = course("run", "--target", "clean", "--stages-only")
    assert told.returncode == 0, told.stdout + told.stderr
    places = {
        "HOME": str(own_state / "home"),
        "XDG_CONFIG_HOME": str(own_state / "home/.config"),
        "XDG_DATA_HOME": str(own_state / "home"),
    }
    told = python(
        "-m",
        "course.cli",
        "run",
        "--target",
        "hostile",
        "--stages-only",
        cwd=here,
        **variables,
        **places,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    marks = {}
    for target in ("clean", "hostile"):
        found = fingerprints(target, "amazon_raw", "staging", "marts", "analytics")
        # dlt's ledgers hold times
        marks[target] = {name: mark for name, mark in found.items() if "._dlt" not in name}
    assert len(marks["clean"]) > 15
    assert marks["hostile"] == marks["clean"]


def test_the_list_in_the_code_names_nothing_that_people_rightly_set():
    rightly = [
        "HTTPS_PROXY",
        "NO_PROXY",
        "REQUESTS_CA_BUNDLE",
        "COURSE_DATA",
        "COURSE_ALERT_URLS",
        "TZ",
        "LC_ALL",
        "JUPYTER_TOKEN",
        "PYTHONPATH",
    ]
    assert [name for name in rightly if is_foreign(name) or is_dlt_setting(name)] == []
    assert course_environment.own_settings().keys() & set(rightly) == set()


@pytest.mark.parametrize("home", ["missing", "read-only"])
def test_without_a_home_folder_that_can_be_written_a_lesson_draws_and_says_the_same(
    own_state, two_lessons, home
):
    folder = own_state / "home"
    if home == "read-only":
        folder.mkdir(mode=0o555)
    if os.access(folder, os.W_OK):
        pytest.skip("this user may write anywhere")
    outputs = shown_by_a_run(
        own_state, two_lessons, DRAWS, HOME=str(folder), USERPROFILE=str(folder)
    )
    assert [output.output_type for output in outputs] == ["execute_result", "display_data"]
    assert list(folder.iterdir() if folder.exists() else []) == []
