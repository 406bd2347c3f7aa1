"""Where things lie, and the switches that keep every tool offline and out of the home folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
DBT_PROJECT = ROOT / "dbt_project"
SOLUTIONS = ROOT / "solutions"
EXERCISES = ROOT / "exercises"
TEMPLATES = ROOT / "course" / "templates"


class Settings(BaseSettings):
    """What a user may set by environment variable: COURSE_RUNS and COURSE_MY_WORK move the two folders (COURSE_DATA moves
    data/; dlt_pipelines reads it), COURSE_ALERT_URLS says who is told of a failed run."""

    model_config = SettingsConfigDict(env_prefix="COURSE_")

    runs: Path = Field(default=ROOT / "runs", description="executed notebooks and reports")
    my_work: Path = Field(default=ROOT / "my_work", description="a learner's own copies")
    alert_urls: SecretStr = Field(default=SecretStr(""), description="apprise URLs, with commas or spaces between them")


def settings() -> Settings:
    """The settings as the environment has them now."""
    return Settings()


def prepare() -> None:
    """Turn every tool's telemetry and version checks off; point dlt at the settings of the pipeline."""
    switches = {
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "DO_NOT_TRACK": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "0",
        "DBT_VERSION_CHECK": "0",
        "PLOOMBER_STATS_ENABLED": "false",
        "PLOOMBER_VERSION_CHECK_DISABLED": "1",
        "DLT_PROJECT_DIR": str(ROOT / "dlt_pipelines"),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # a kernel's debugger warns about frozen modules otherwise
    }
    for name in ("COURSE_DATA", "COURSE_RUNS", "COURSE_MY_WORK"):  # kernels work in other folders than their parents
        if os.environ.get(name):
            os.environ[name] = str(Path(os.environ[name]).expanduser().absolute())
    for name, value in switches.items():
        os.environ.setdefault(name, value)
    if "ipykernel" in sys.modules and "duckdb" not in sys.modules:
        _import_duckdb_without_progress_bars()


def _import_duckdb_without_progress_bars() -> None:
    """In a notebook, DuckDB draws a bar for statements over two seconds, so that outputs would depend on the machine's speed.

    It decides when it is imported, by whether `__main__` comes from a file.
    """
    main = sys.modules["__main__"]
    main.__file__ = "notebook"
    try:
        import duckdb  # noqa: F401
    finally:
        del main.__file__
