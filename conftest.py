"""State of its own for every test process, so that tests and notebooks never meet in one warehouse."""

import os
import tempfile
from pathlib import Path


def pytest_configure(config):
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    base = Path(os.environ.setdefault("COURSE_TEST_STATE", tempfile.mkdtemp(prefix="course-test-")))
    for name in ("data", "runs", "my_work"):
        os.environ[f"COURSE_{name.upper()}"] = str(base / worker / name)
