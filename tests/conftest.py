import email
import os
import shutil
import socket
from contextlib import contextmanager
from email.policy import default
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from support import PARAMETERS

from course import notebooks
from course.dbt_parse import FILE


@pytest.fixture(autouse=True)
def own_state(tmp_path, monkeypatch):
    """Each test has its own data/, runs/ and my_work/, and a marketplace that is small but carries
    every truth.
    """
    for name in ("data", "runs", "my_work"):
        monkeypatch.setenv(f"COURSE_{name.upper()}", str(tmp_path / name))
    for name, value in {"items": 300, "reviews": 6000, "seed": 3}.items():
        monkeypatch.setenv(f"MARKETPLACE__{name.upper()}", str(value))
    with lent_by_the_session(tmp_path / "data" / ".dbt" / FILE):
        yield tmp_path


@contextmanager
def lent_by_the_session(common):
    """A test's targets take the parse of the dbt project that the session's first dbt has made."""
    of_session = Path(os.environ["COURSE_TEST_STATE"]) / FILE
    if of_session.exists():
        common.parent.mkdir(parents=True)
        shutil.copy2(of_session, common)
    yield
    if common.exists() and not of_session.exists():
        draft = of_session.with_name(f"{os.getpid()}.new")
        shutil.copy2(common, draft)
        draft.replace(of_session)


@pytest.fixture
def two_lessons(own_state, monkeypatch):
    """A course of two short lessons in a folder of its own; returns a function that writes another
    lesson's code.
    """
    folder = own_state / "notebooks"
    folder.mkdir()
    monkeypatch.setattr(notebooks, "NOTEBOOKS", folder)

    def write(name, body, last="print('shown')"):
        parameters = "\n".join(f"{key} = {value!r}" for key, value in PARAMETERS.items())
        cells = [
            nbformat.v4.new_code_cell(
                parameters, id="parameters", metadata={"tags": ["parameters", "stage"]}
            ),
            nbformat.v4.new_code_cell(body, id="body", metadata={"tags": ["stage"]}),
            nbformat.v4.new_code_cell(last, id="show", metadata={"tags": ["demo"]}),
        ]
        notebooks.write(nbformat.v4.new_notebook(cells=cells), folder / name)

    write("01_first_thing.ipynb", "print(target, run_date)")
    return write


@pytest.fixture
def mailbox():
    """A mail server on this machine that lets in one user; `url` is its address for apprise,
    `mails` what has arrived.
    """
    mails, password = [], "Planted-in-the-alert-7"

    class Handler:
        async def handle_DATA(self, server, session, envelope):
            mails.append(email.message_from_bytes(envelope.content, policy=default))
            return "250 taken"

    def authenticate(server, session, envelope, mechanism, given):
        return AuthResult(
            success=(given.login, given.password) == (b"watcher", password.encode()), handled=False
        )

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {"authenticator": authenticate, "auth_require_tls": False}
    server = Controller(Handler(), hostname="127.0.0.1", port=port, **options)
    server.start()
    query = "smtp=127.0.0.1&mode=insecure&from=course@example.org&to=ops@example.org"
    yield SimpleNamespace(
        mails=mails, password=password, url=f"mailto://watcher:{password}@127.0.0.1:{port}?{query}"
    )
    server.stop()
