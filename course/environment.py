"""Where things lie, and what the course sets for every tool, or does without."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from dlt_pipelines import surroundings
from dlt_pipelines.errors import PipelineError
from dlt_pipelines.surroundings import clear

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
DBT_PROJECT = ROOT / "dbt_project"
SOLUTIONS = ROOT / "solutions"
EXERCISES = ROOT / "exercises"
TEMPLATES = ROOT / "course" / "templates"


class Settings(BaseSettings):
    """What a user may set by environment variable: COURSE_RUNS and COURSE_MY_WORK move the two
    folders (COURSE_DATA moves data/; dlt_pipelines reads it), COURSE_ALERT_URLS says who is told of
    a failed run.
    """

    model_config = SettingsConfigDict(env_prefix="COURSE_")

    runs: Path = Field(default=ROOT / "runs", description="executed notebooks and reports")
    my_work: Path = Field(default=ROOT / "my_work", description="a learner's own copies")
    alert_urls: SecretStr = Field(
        default=SecretStr(""), description="apprise URLs, with commas or spaces between them"
    )


def settings() -> Settings:
    """The settings as the environment has them now."""
    return Settings()


# Variables of the tools that change what a run gives, by how they begin;
# those of dlt are in dlt_pipelines/surroundings.py.
FOREIGN = (
    "DBT_",
    "JUPYTER",
    "IPYTHON",
    "IPY_",
    "MPLBACKEND",
    "MATPLOTLIBRC",
    "PLOOMBER_",
    "DATABRICKS_RUNTIME_VERSION",
)
PYTHONS = (
    "BREAKPOINT",
    "DEVMODE",
    "INSPECT",
    "OPTIMIZE",
    "PROFILEIMPORTTIME",
    "STARTUP",
    "VERBOSE",
    "WARNDEFAULTENCODING",
    "DEBUG",
)
# What a user means for the course: dbt's threads and secrets, a server's token, where Jupyter may
# keep its connection files.
MEANT = ("DBT_THREADS", "DBT_ENV_", "JUPYTER_TOKEN", "JUPYTER_RUNTIME_DIR", "JUPYTERHUB_")
# A terminal's width and colours: its user's choice, but a kernel has none,
# and outputs are compared.
TERMINAL = (
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLUMNS",
    "FORCE_COLOR",
    "LINES",
    "NO_COLOR",
    "PY_COLORS",
    "TERMINAL_WIDTH",
    "TTY_COMPATIBLE",
)


def is_foreign(name: str) -> bool:
    """Whether a variable of this name would change what a tool of the course gives."""
    return name.startswith(
        (*FOREIGN, *(f"PYTHON{each}" for each in PYTHONS))
    ) and not name.startswith(MEANT)


def data_folder() -> Path:
    """The folder of the targets and of what tools keep: `COURSE_DATA`, or `data/` in the
    repository.
    """
    return Path(os.environ.get("COURSE_DATA") or ROOT / "data")


def own_settings() -> dict[str, str]:
    """The variables that the course sets for itself and for every process that it starts."""
    return {
        "DO_NOT_TRACK": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "0",
        "DBT_VERSION_CHECK": "0",
        "PLOOMBER_STATS_ENABLED": "false",
        "PLOOMBER_VERSION_CHECK_DISABLED": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # a debugger would warn of modules
        "IPYTHONDIR": str(data_folder() / ".ipython"),  # an empty profile
        "JUPYTER_CONFIG_DIR": str(settings().my_work / ".jupyter"),
        "JUPYTER_PATH": str(Path(sys.prefix) / "share" / "jupyter"),  # its own kernel first
        "MATPLOTLIBRC": str(TEMPLATES / "matplotlibrc"),  # how all plots look
    }


def prepare() -> None:
    """Clear what would change a result from this process's environment, and set what is needed.

    Telemetry and version checks are off, and no tool reads settings or keeps state in the home
    folder. Kernels and commands that this process starts inherit it; a kernel that something else
    has started is brought into the same state here.
    """
    surroundings.prepare()
    # kernels work in other folders than their parents
    for name in ("COURSE_DATA", "COURSE_RUNS", "COURSE_MY_WORK"):
        if os.environ.get(name):
            os.environ[name] = str(Path(os.environ[name]).expanduser().absolute())
    clear(is_foreign, own_settings())
    if not os.access(os.path.expanduser("~"), os.W_OK):  # noqa: PTH111  Path.home() may raise
        os.environ.setdefault("MPLCONFIGDIR", str(data_folder() / ".matplotlib"))
        os.environ.setdefault("JUPYTER_RUNTIME_DIR", str(data_folder() / ".jupyter-runtime"))
    if "matplotlib" in sys.modules:  # it has read another file
        sys.modules["matplotlib"].rc_file(os.environ["MATPLOTLIBRC"])
    if kernel := shell():
        _prepare_kernel(kernel)


def commands_first() -> None:
    """Put this environment's own commands first on the PATH, for every process that this one
    starts: terminals of JupyterLab and cells find `course`, `dbt` and `dlt`, active or not.
    """
    scripts, path = sysconfig.get_path("scripts"), os.environ.get("PATH", "")
    if path.split(os.pathsep)[0] != scripts:
        os.environ["PATH"] = os.pathsep.join(filter(None, [scripts, path]))


def shell():
    """The IPython shell that this process is a kernel of; None where it is none."""
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None


def _prepare_kernel(shell) -> None:
    commands_first()
    for name in TERMINAL:
        os.environ.pop(name, None)
    if "matplotlib" not in sys.modules:
        os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    for name in shell.config.get("InteractiveShell", {}):  # what a profile has set
        if shell.has_trait(name):
            setattr(shell, name, shell.traits()[name].default(shell))
    if "duckdb" not in sys.modules:
        import_duckdb_without_progress_bars()
    if hasattr(shell, "kernel"):
        shell.set_custom_exc((PipelineError,), _show_with_link)


def _show_with_link(shell, kind, error, trace, tb_offset=None) -> None:
    """Show an error of the course as any other, and below it a link to its entry in the FAQ."""
    from IPython.display import Markdown, display

    shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
    display(Markdown(f"Read more: [FAQ.md#{error.faq}]({faq_page()}#{error.faq})"))


def faq_page() -> str:
    """The FAQ as a link in this kernel's notebook has to name it: beside the learner's copies, or
    in the repository."""
    session = Path(os.environ.get("JPY_SESSION_NAME", ""))  # where JupyterLab has the notebook
    folder = (session.parent if session.is_absolute() else Path.cwd()).resolve()
    my_work = settings().my_work.resolve()
    root = my_work if folder.is_relative_to(my_work) else ROOT
    try:
        return Path(os.path.relpath(root / "FAQ.md", folder)).as_posix()
    except ValueError:  # on another drive
        return (root / "FAQ.md").as_uri()


def import_duckdb_without_progress_bars() -> None:
    """In a notebook, DuckDB draws a bar for statements over two seconds, so that outputs would
    depend on the machine's speed.

    It decides when it is imported, by whether `__main__` comes from a file.
    """
    main = sys.modules["__main__"]
    main.__file__ = "notebook"
    try:
        import duckdb  # noqa: F401
    finally:
        del main.__file__
