"""State of its own for every test process, so that tests and notebooks never share a warehouse."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest


def pytest_configure(config):
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    # pytest called by hand; `course test` makes and removes a folder of its own
    if "COURSE_TEST_STATE" not in os.environ:
        os.environ["COURSE_TEST_STATE"] = tempfile.mkdtemp(prefix="course-test-")
        config.add_cleanup(
            lambda: shutil.rmtree(os.environ["COURSE_TEST_STATE"], ignore_errors=True)
        )
    os.environ.setdefault("COURSE_WAIT_SECONDS", "2")  # where a warehouse is held on purpose
    base = Path(os.environ["COURSE_TEST_STATE"])
    for name in ("data", "runs", "my_work"):
        os.environ[f"COURSE_{name.upper()}"] = str(base / worker / name)
    from course.environment import TERMINAL, prepare

    prepare()  # now, for the tools' own folders lie in data/ too
    for name in (*TERMINAL, "TERM", "GIT_DIR", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_WORK_TREE"):
        os.environ.pop(name, None)  # what a terminal, or a hook of git, has set changes no test
    os.environ["_TYPER_FORCE_DISABLE_TERMINAL"] = "1"  # nor does a server's log that takes colours
    import nbval.kernel

    from course.running.kernels import ForkedKernelManager

    nbval.kernel.KernelManager = ForkedKernelManager  # a notebook's kernel imports nothing again


def pytest_collection_modifyitems(items):
    for item in items:
        # what the answers give is tested in tests/test_exercises.py; here, how it is shown
        if "solutions" in item.path.parts:
            item.add_marker(pytest.mark.slow)
