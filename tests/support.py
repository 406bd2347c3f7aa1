"""What several tests use: reviews made to order, tables' fingerprints, a copy of the repository."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from course.environment import ROOT
from course.warehouse import opened
from dlt_pipelines.amazon_products_pipeline import find_target

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))),
    None,
)
# What marks a test that needs a browser.
IN_CHROMIUM = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None, reason="there is no Chromium here (Debian: apt install chromium)"
    ),
]
PARAMETERS = {
    "source": "marketplace",
    "path": "",
    "target": "dev",
    "run_date": "",
    "full_refresh": False,
}


def review(number: int, **changes) -> dict:
    """A good review; each number is another user."""
    return {
        "rating": 5.0,
        "title": "Good",
        "text": "Works.",
        "images": [],
        "asin": "B000000001",
        "parent_asin": "B000000001",
        "user_id": f"U{number:04d}",
        "timestamp": 1_700_000_000_000 + number,
        "helpful_vote": 0,
        "verified_purchase": True,
    } | changes


def lines(*records) -> bytes:
    """Records as JSON lines; bytes and text are taken as they are."""
    texts = [
        r if isinstance(r, bytes) else (r if isinstance(r, str) else json.dumps(r)).encode()
        for r in records
    ]
    return b"\n".join(texts) + b"\n"


def ask(target: str, sql: str) -> list[tuple]:
    """The rows of a statement on a target's warehouse."""
    with opened(find_target(target).warehouse) as connection:
        return connection.execute(sql).fetchall()


def fingerprints(target: str, *schemas: str) -> dict[str, tuple]:
    """For each table and view of the schemas: its row count and a hash of its sorted rows, without
    dlt's own columns and the load's id.
    """
    marks = {}
    columns = ask(
        target,
        "select table_schema, table_name, string_agg(column_name, ', ' order by ordinal_position) "
        "from information_schema.columns "
        f"where table_schema in {(*schemas, '')} and not starts_with(column_name, '_dlt') and "
        "column_name <> 'load_id' "
        "group by all order by all",
    )
    for schema, table, names in columns:
        marks[f"{schema}.{table}"] = ask(
            target,
            f"select count(*), md5(string_agg(line, chr(10) order by line)) "
            f"from (select row({names})::varchar as line from {schema}.{table})",
        )[0]
    return marks


def copy_repository(here: Path) -> Path:
    """A copy of the repository's files as git would hand them out, with the environment that is at
    work, in the new folder `here`.
    """
    here.mkdir(parents=True)
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines():
        if (ROOT / name).is_file():
            (here / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, here / name)  # with its time, or make would set up anew
    if (ROOT / ".venv").exists():
        (here / ".venv").symlink_to(ROOT / ".venv")
    return here
