"""State of its own for every test process, so that tests and notebooks never meet in one warehouse."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest


def pytest_configure(config):
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    if "COURSE_TEST_STATE" not in os.environ:  # pytest called by hand; `course test` makes and removes a folder of its own
        os.environ["COURSE_TEST_STATE"] = tempfile.mkdtemp(prefix="course-test-")
        config.add_cleanup(lambda: shutil.rmtree(os.environ["COURSE_TEST_STATE"], ignore_errors=True))
    os.environ.setdefault("COURSE_WAIT_SECONDS", "2")  # where a warehouse is held on purpose
    base = Path(os.environ["COURSE_TEST_STATE"])
    for name in ("data", "runs", "my_work"):
        os.environ[f"COURSE_{name.upper()}"] = str(base / worker / name)


def pytest_collection_modifyitems(items):
    for item in items:
        if "solutions" in item.path.parts:  # what the answers give is tested in tests/test_exercises.py; here, how it is shown
            item.add_marker(pytest.mark.slow)
