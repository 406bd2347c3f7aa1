"""What other tools say, word for word, where no type of an error tells what has happened.

Types come first: duckdb.IOException, OSError's number, dbt's events. What stands here has no type
of its own (DuckDB's IOException is a held file as well as a missing folder), or reaches the course
as text only: dlt's trace, dbt's log and results, nbgrader's log. tests/test_wording.py provokes
each of them, so that a new version that speaks otherwise is noticed.
"""

from __future__ import annotations

import re

# DuckDB: another process has the file open (on Linux and macOS; on Windows), and which.
HELD = ("Could not set lock", "being used by another process", "File is already open in")
HOLDER = re.compile(r"PID (\d+)")
# DuckDB: this very process has it open, by another connection.
OPEN_HERE = "Unique file handle conflict"
# DuckDB, in a message of dlt or of dbt.
NO_TABLE = re.compile(r"Table with name \w+ does not exist")
OUT_OF_MEMORY = "Out of Memory"

# The system, by DuckDB or Windows, who give no number: no room, no right, no more open files.
NO_ROOM = (
    "No space left on device",
    "File too large",
    "Disk quota exceeded",
    "not enough space on the disk",
)
NO_RIGHT = ("Read-only file system", "Permission denied", "Access is denied")
NO_HANDLE = ("Too many open files",)

# dbt: what is behind --select, a model that another one names, Jinja or YAML that cannot be read.
NOTHING_SELECTED = "does not match any enabled nodes"
SELECTION = re.compile(r"selection criterion '([^']*)'")
NO_SUCH_MODEL = "which was not found"
NOT_COMPILED = "Compilation Error"

# nbgrader's log: a kernel that ended by itself.
KERNEL_DIED = ("DeadKernelError", "Kernel died")


def says(text: str, *words: str) -> bool:
    """Whether a text holds one of these."""
    return any(word in text for word in words)
