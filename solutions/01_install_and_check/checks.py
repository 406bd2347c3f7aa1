"""The checks of the exercises on the installation and its layers."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Integral
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import requests
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from course.checks import Check, NotYet, Stopped, counted, kind, shown
from dlt_pipelines.marketplace import Marketplace

NEEDS = "nothing"

PLAIN = """
dbt-core==1.11.16 \\
    --hash=sha256:4444
pandas==3.0.1
numpy==2.4.0 \\
    --hash=sha256:5555
"""
SPELT = """
jupyter-core==5.9.1
ruamel-yaml==0.18.16 \\
    --hash=sha256:6666
sqlalchemy==2.0.45
webencodings==0.5.1
"""
MARKED = """
docutils==0.22.4 ; python_full_version < '3.9'
docutils==0.23 ; python_full_version >= '3.9' \\
    --hash=sha256:7777
pywinpty==3.0.2 ; sys_platform == 'no such system' \\
    --hash=sha256:8888
tomli==2.3.0 ; python_full_version >= '3.9'
zipp==3.23.0
"""


def compares_environments(practice, drifted):
    """Runs the function on three small locks made for the check: plain ones, names in several spellings, and markers."""
    cases = (
        (
            PLAIN,
            {"dbt-core": "1.11.16", "pandas": "3.0.2", "duckdb": "1.5.5"},
            "",
        ),
        (
            SPELT,
            {"jupyter_core": "5.9.1", "ruamel.yaml": "0.18.16", "SQLAlchemy": "2.0.44", "webencodings": "0.5.1"},
            "pip takes `Typing_Extensions`, `typing.extensions` and `typing-extensions` for one package. `canonicalize_name` "
            "gives the one spelling; both sides of the comparison need it.",
        ),
        (
            MARKED,
            {"docutils": "0.23", "zipp": "3.23.0"},
            "A line with a marker is meant for some Pythons or systems only. Neither take all of these lines nor leave all of them "
            "out: `pin.marker.evaluate()` says whether this one is meant here.",
        ),
    )
    for lock, installed, hint in cases:
        expected, answer = _drifted(lock, installed), drifted(lock, dict(installed))
        if not isinstance(answer, (list, tuple, set)):
            raise NotYet("a list of names", kind(answer), "The function has to `return` a list of names, empty where all is well.")
        found = {canonicalize_name(str(name)) for name in answer}
        if lock is PLAIN and found != expected:
            hint = _hint_for_plain(found, expected, set(map(canonicalize_name, installed)))
        if found != expected:
            raise NotYet(f"{_names(expected)} for the lock {' | '.join(_pins(lock))} and the packages {installed}", _names(found), hint)


def _hint_for_plain(found: set[str], expected: set[str], installed: set[str]) -> str:
    for name in sorted(found - expected):
        return f"`{name}` is installed as the lock says. A line may end in ` \\`, which is no part of the version."
    for name in sorted((expected - found) & installed):
        return f"`{name}` is there in another version than the lock says: report it."
    return f"`{min(expected - found)}` is not installed at all, so it is not as the lock says: report it, too."


def _drifted(lock: str, installed: dict[str, str]) -> set[str]:
    versions = {canonicalize_name(name): version for name, version in installed.items()}
    pins = [pin for pin in map(Requirement, _pins(lock)) if pin.marker is None or pin.marker.evaluate()]
    return {canonicalize_name(pin.name) for pin in pins if versions.get(canonicalize_name(pin.name), "0") not in pin.specifier}


def _pins(lock: str) -> list[str]:
    return [line.rstrip(" \\") for line in lock.splitlines() if line[:1].isalnum()]


def _names(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "no package"


ADD_NOTES = """
import sys, duckdb
try:
    with duckdb.connect(sys.argv[1]) as connection:
        connection.execute("insert into notes values ('from outside'), ('once more')")
except duckdb.Error as error:
    print(type(error).__name__)
"""


def frees_the_file(practice, count_rows):
    """Calls the function on a new file, also for a table that is not there; after each call another process writes to the file."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = (Path(folder) / "notes_of_a_shop.duckdb").as_posix()
        with duckdb.connect(file) as connection:
            connection.execute("create table notes as select 'note ' || range as note from range(7)")
        _same_count(count_rows(file, "notes"), 7, "Count the rows of the table that is asked for: `select count(*) from …`.")
        _other_process_writes(
            file,
            "after a count",
            "The connection is still open when the function has returned. Open it within the function, and close it there.",
        )
        try:
            found = count_rows(file, "orders")
        except duckdb.CatalogException as error:
            kept = error  # as a notebook keeps the last error, and with it all that the failing function held
        except duckdb.Error as error:
            raise Stopped(error, "It asks for a table that is not there, and DuckDB's own error for that is a CatalogException.") from error
        else:
            raise NotYet(
                "DuckDB's CatalogException for a table that is not there",
                repr(found),
                "Do not catch the error: whoever asks for a table that is not there must learn it.",
            )
        _other_process_writes(
            file,
            f"after a {type(kept).__name__}",
            "After an error the line that closes the connection is never reached, and the notebook keeps the error with all that it "
            "held. `with duckdb.connect(file) as connection:` closes in either case.",
        )
        _same_count(count_rows(file, "notes"), 11, "The other process has added rows since. Ask the file at each call.")


def _same_count(found, expected: int, hint: str) -> None:
    if isinstance(found, bool) or not isinstance(found, Integral):
        hint = "`fetchone()` gives a row, and its first value is the number: `fetchone()[0]`."
        if found is None:
            hint = "The function has to `return` the number."
        raise NotYet("a whole number", kind(found), hint)
    if found != expected:
        raise NotYet(counted(expected, "row"), shown(found), hint)


def _other_process_writes(file: str, when: str, hint: str) -> None:
    outcome = subprocess.run([sys.executable, "-c", ADD_NOTES, file], capture_output=True, text=True, check=True)
    if outcome.stdout.strip():
        raise NotYet(f"another process can write {when}", f"it gets an {outcome.stdout.strip()}", hint)


STATES = ("ready", "refused", "no answer")
CATCH = "requests raises an error of its own where nobody answers. Catch `requests.RequestException`, the family of all of them."


def asks_the_source(practice, state_of):
    """Calls the function on a marketplace, with the right token and a wrong one, on a closed port, and on a server that keeps silent."""
    with Marketplace(items=50, reviews=500, truths=False).serve() as api:
        _same_state(
            _call(state_of, api.url, api.token),
            "ready",
            "a running marketplace, the right token",
            {
                "refused": "The API wants a header: `Authorization`, with the value `Bearer ` and the token. It answers `/status` under "
                "`api.url`.",
                "no answer": "This marketplace runs. Is it asked under its whole address, the `url` with `/status` behind it?",
            },
        )
        _same_state(
            _call(state_of, api.url, "not" + api.token),
            "refused",
            "a running marketplace, a wrong token",
            {
                "ready": "401 is an answer too, and requests raises nothing for it: compare `status_code`. (And ask `/status`: `/health` "
                "answers everybody, with or without a token.)",
                "no answer": "There is an answer, 401. `raise_for_status` makes an error of it, but somebody has answered.",
            },
        )
        closed = api.url
    told = dict.fromkeys(("ready", "refused"), "Where nobody listens there is no status to look at: an error comes instead of an answer.")
    _same_state(_call(state_of, closed, "any token"), "no answer", "a port where nobody listens", told)
    with _silent_server() as silent:
        found = _call(state_of, silent, "any token")
        if isinstance(found, requests.Timeout):
            told["error"] = (
                "There are several errors for no answer, and a timeout is not a `ConnectionError`. Catch `requests.RequestException`, the "
                "family of all of them."
            )
        _same_state(found, "no answer", "a server that takes the call and says nothing", told)


def _call(state_of, url: str, token: str):
    """What the function returns, or the error that it raises; NotYet if it takes more than three seconds, in a thread that is left."""
    found: list = []

    def call() -> None:
        try:
            found.append(state_of(url, token))
        except Exception as error:
            found.append(error)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(3)
    if not found:
        hint = "requests waits for ever unless it is told `timeout=1`; dlt's client even tries several times."
        raise NotYet("an answer after one second", "nothing after three seconds", hint)
    return found[0]


def _same_state(found, expected: str, asked: str, hints: dict[str, str]) -> None:
    if isinstance(found, OSError):  # those of requests and of Python's own library
        hint = f"{hints.get('error', CATCH)} The function raises no error."
        raise NotYet(f"{expected!r} from {asked}", f"{type(found).__name__}: {found}"[:200], hint)
    if isinstance(found, Exception):
        raise Stopped(found)
    if found != expected:
        hint = f"Return one of the three texts: {', '.join(map(repr, STATES))}."
        raise NotYet(f"{expected!r} from {asked}", repr(found), hints.get(found, hint) if found in STATES else hint)


@contextmanager
def _silent_server() -> Iterator[str]:
    """The address of a server that takes a call and never answers; it hangs up when the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:  # the system takes the call; nobody fetches it
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


CHECKS = {
    1: Check(
        compares_environments,
        hints=(
            "Look at the false alarms one by one: in what does the line of the lock differ from the entry in `installed`?",
            "Two things are missing: the spelling of names (`canonicalize_name` of `packaging.utils`) and the markers behind `;` "
            "(`pin.marker`, which is None where there is none).",
            "Make a second dict with `canonicalize_name(name)` as its keys, look names up in it by `canonicalize_name(pin.name)`, and skip "
            "a pin whose `marker` is not None and whose `marker.evaluate()` is false.",
        ),
        takeaway="A comparison with the lock is only as good as its idea of what is the same: spelling and markers first, versions then.",
    ),
    2: Check(
        frees_the_file,
        hints=(
            "A process holds the file as long as it has a connection to it. Who lets go of the connections in `connections`?",
            "Opening takes milliseconds. Open in the function, ask, close, and think of the case in which asking fails.",
            "`with duckdb.connect(file) as connection:` and the query inside the block; the dict is not needed any more.",
        ),
        takeaway="Open late, close early, and let `with` close, because a line after an error is never reached.",
    ),
    3: Check(
        asks_the_source,
        hints=(
            "One call to `requests.get`, with `headers` and `timeout`, and three ways in which it can end.",
            "The header is `{'Authorization': f'Bearer {token}'}`. What comes back has a `status_code`; what does not come back raises.",
            '`try:` the call with `timeout=1`; `except requests.RequestException:` return "no answer"; after it compare '
            "`status_code` with 200.",
        ),
        takeaway="Three states of a source need three reactions: go on, look for the key, or wait and look at the network.",
    ),
}
