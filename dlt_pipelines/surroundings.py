"""What dlt takes from the environment: set or cleared before it is imported.

So no inherited variable changes a load. dlt reads each of its settings from a variable too: with
its section (`EXTRACT__WORKERS`), with the pipeline's name before it, or bare (`DEV_MODE`), and a
variable that somebody exported for another pipeline would win over this one's `.dlt/config.toml`.

What people mean for this pipeline passes: `MARKETPLACE__…` and `ALERTS__…`, what a source or a
destination of their own needs (`SOURCES__SHOP__API_KEY`, `DESTINATION__BIGQUERY__CREDENTIALS__…`),
and how long a request may take (`RUNTIME__REQUEST_…`). So it is with files: of `secrets.toml` in
the home folder, or in the dlt project that DLT_PROJECT_DIR named, what belongs to sources,
destinations and alerts is read; settings come from the pipeline's own `config.toml` alone.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

from dlt_pipelines.errors import PipelineError

OWN = {"DLT_PROJECT_DIR": str(Path(__file__).parent), "RUNTIME__DLTHUB_TELEMETRY": "false"}
PASSES = ("MARKETPLACE__", "ALERTS__", "RUNTIME__REQUEST_")
SECTIONS = {
    "AIRFLOW_SECRETS", "AWS_SECRETS", "CREDENTIALS", "CURSOR", "DATA_WRITER", "DESTINATION",
    "EXTRACT", "GOOGLE_SECRETS", "JSON_NORMALIZER", "LOAD", "MODEL_NORMALIZER", "NORMALIZE",
    "PARQUET_NORMALIZER", "PIPELINES", "PROVIDERS", "RUNTIME", "SCHEMA", "SOURCES",
    "STAGING_CONFIG", "AMAZON_PRODUCTS",
}  # fmt: skip
# The names within SOURCES and DESTINATION that are this pipeline's, or any pipeline's.
SHARED = SECTIONS | {"DUCKDB", "ONE_COMMIT", "PRODUCTS", "PRICES", "REVIEWS"}
# The settings that dlt asks for in a load; tests/test_surroundings.py says which are missing here.
SETTINGS = {
    "ADD_DLT_ID", "ADD_DLT_LOAD_ID", "AUTO_ABORT_ON_TERMINAL_ERROR", "CREATE_INDEXES",
    "DATASET_NAME", "DATASET_NAME_LAYOUT", "DELETE_COMPLETED_JOBS", "DESTINATION_NAME",
    "DESTINATION_TYPE", "DEV_MODE", "ENABLE_DATASET_NAME_NORMALIZATION", "ENABLE_RUNTIME_TRACE",
    "EXPORT_SCHEMA_PATH", "EXTERNAL_SCHEMA_FORMAT", "EXTERNAL_SCHEMA_FORMAT_REMOVE_DEFAULTS",
    "FULL_REFRESH", "IMPORT_SCHEMA_PATH", "INFO_TABLES_QUERY_THRESHOLD", "LOAD_VOLUME_PATH",
    "NORMALIZE_VOLUME_PATH", "PARALLELISM_STRATEGY", "PIPELINES_DIR", "PIPELINE_NAME",
    "PIPELINE_SALT", "POOL_TYPE", "PROGRESS", "PROVIDERS", "RAISE_ON_FAILED_JOBS",
    "RAISE_ON_MAX_RETRIES", "REFRESH", "REPLACE_STRATEGY", "RESTORE_FROM_DESTINATION", "RUNTIME",
    "RUN_SLEEP", "SCHEMA_VOLUME_PATH", "STAGING_DATASET_NAME_LAYOUT", "STAGING_NAME",
    "STAGING_TYPE", "START_METHOD", "START_NEW_JOBS_ON_SIGNAL", "TRUNCATE_STAGING_DATASET",
    "TRUNCATE_TABLES_ON_STAGING_DESTINATION_BEFORE_LOAD", "USE_SINGLE_DATASET", "WORKERS",
}  # fmt: skip

SIGNS = {  # of a path, that the tools take for more than a part of a name
    "%": "the place of a value in a text",
    "?": "the beginning of an address's options",
    "#": "the beginning of a place within a page",
}
SECRETS = "COURSE_DLT_SECRETS"  # tells child processes of the folder that DLT_PROJECT_DIR named
cleared: dict[str, str] = {}  # what this process inherited and does without


def is_dlt_setting(name: str) -> bool:
    """Whether dlt would take a variable of this name for a setting of this pipeline."""
    if name.startswith("DLT_") or name in SETTINGS:
        return True
    *sections, last = name.split("__")
    if not sections or name.startswith(PASSES):
        return False
    if (
        sections[0] in ("SOURCES", "DESTINATION")
        and len(sections) > 1
        and not SHARED & set(sections[1:2])
    ):
        return False
    return bool(SECTIONS & set(sections)) or last in SETTINGS


def clear(is_foreign: Callable[[str], bool], own: dict[str, str]) -> None:
    """Take the foreign variables out of this process's environment, and set its `own`.

    What that changed is noted in `cleared`.
    """
    for name in [name for name in os.environ if name in own or is_foreign(name)]:
        value = os.environ.pop(name)
        if value != own.get(name):
            cleared.setdefault(name, value)
    os.environ.update(own)


def prepare() -> None:
    """Before dlt is imported: its settings are the pipeline's own, and no warning stops a load."""
    elsewhere = os.environ.get("DLT_PROJECT_DIR", OWN["DLT_PROJECT_DIR"])
    if elsewhere != OWN["DLT_PROJECT_DIR"]:
        os.environ[SECRETS] = str(Path(elsewhere).absolute() / ".dlt")
    clear(is_dlt_setting, OWN)
    if "PYTHONWARNINGS" in os.environ:  # error would make one of any library's warning
        cleared["PYTHONWARNINGS"] = os.environ.pop("PYTHONWARNINGS")
        sys.warnoptions[:] = [each for each in sys.warnoptions if not each.startswith("error")]
        warnings.filters[:] = [each for each in warnings.filters if each[0] != "error"]  # type: ignore[index]  # it is a list


def check_path(path: Path) -> None:
    """Raise PipelineError where a path holds a sign that a tool takes for more than a name's."""
    sign = next((each for each in str(path) if each in SIGNS), None)
    if sign is not None:
        raise PipelineError(
            f"The path {path} holds the sign {sign!r}.",
            cause=f"the tools take {sign!r} in a path for {SIGNS[sign]}, and "
            "would read or write elsewhere",
            fix="rename that folder, or put the data into another one: "
            "COURSE_DATA=/path/of/another/folder",
            faq="sign-in-a-path",
        )


def secrets_folders() -> list[str]:
    """The folders whose secrets.toml counts, the first before the next.

    They are the pipeline's own, that of DLT_PROJECT_DIR's project, and dlt's in the home.
    """
    from dlt.common.runtime.run_context import global_dir

    return [
        str(Path(OWN["DLT_PROJECT_DIR"]) / ".dlt"),
        *filter(None, [os.environ.get(SECRETS)]),
        global_dir(),
    ]


def shield_dlt() -> None:
    """After dlt is imported: its settings come from the pipeline's own config.toml alone."""
    from dlt.common.configuration.container import Container
    from dlt.common.configuration.providers import (
        ConfigTomlProvider,
        EnvironProvider,
        SecretsTomlProvider,
    )
    from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

    class Secrets(SecretsTomlProvider):
        def get_value(self, key, hint, pipeline_name, *sections):  # type: ignore[no-untyped-def]
            value, name = super().get_value(key, hint, pipeline_name, *sections)
            variable = EnvironProvider.get_key_name(key, *filter(None, [pipeline_name]), *sections)
            is_setting = is_dlt_setting(variable) or variable.startswith(
                ("MARKETPLACE__", "RUNTIME__")
            )
            return (None if is_setting else value), name

    context = Container()[PluggableRunContext]
    own, *others = secrets_folders()
    context.providers.providers[:] = [
        EnvironProvider(),
        *(Secrets(each) for each in (own, *others)),
        ConfigTomlProvider(own),
    ]
    context.context.reset_config()
