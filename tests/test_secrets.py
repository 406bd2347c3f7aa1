"""Secrets stay where they belong: a run, well or not, leaves none in its files, its alert or the
terminal.
"""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from course.environment import ROOT
from course.lesson import Lesson
from course.running.masking import mask_logs, masked
from dlt_pipelines.amazon_products_pipeline import find_target
from dlt_pipelines.locks import describe_command

IN_ENVIRONMENT, IN_FILE = "Planted-in-the-environment<&>5", "Planted in 'secrets.toml' 6"

USES_THEM = f"""
import dlt, os
import pandas as pd
from IPython.display import HTML, display
from dlt_pipelines.amazon_products_pipeline import find_target, run

run(target=target)


@dlt.source(name="amazon", section="amazon")
def amazon(api_secret: str = dlt.secrets.value, api_key: str = dlt.secrets.value):
    def items():
        assert (api_secret, api_key) == ({IN_ENVIRONMENT!r}, {IN_FILE!r})
        yield {{"n": 1}}
        if fails:
            raise ConnectionError(f"no answer to https://watcher:{{api_secret}}@127.0.0.1/items?key={{api_key}}")
    yield dlt.resource(items, name="items")


place = find_target(target)
other = dlt.pipeline("other", pipelines_dir=str(place.dlt_folder / "pipelines"),
    destination=dlt.destinations.duckdb(str(place.folder / "other.duckdb")), dataset_name="store")
known = {{name: value for name, value in os.environ.items() if "SECRET" in name or "ALERT" in name}}
print(known)
table = pd.DataFrame([{{"value": value}} for value in known.values()])
display(table.style, HTML(f"<b>{{known}}</b>"))
"""


@pytest.fixture
def planted(own_state, two_lessons, mailbox, monkeypatch):
    """Secrets in the environment and in secrets.toml; returns what `course run` on two short
    lessons gives.
    """
    project = own_state / "project"
    (project / ".dlt").mkdir(parents=True)
    shutil.copy(ROOT / "dlt_pipelines" / ".dlt" / "config.toml", project / ".dlt")
    secrets = (
        f'[sources.amazon]\napi_key = "{IN_FILE}"\n\n[alerts]\nurls = '
        f'["{mailbox.url.replace("ops@", "night@")}"]\n'
    )
    (project / ".dlt" / "secrets.toml").write_text(secrets, encoding="utf-8")
    monkeypatch.setenv("DLT_PROJECT_DIR", str(project))
    monkeypatch.setenv("COURSE_ALERT_URLS", mailbox.url)
    monkeypatch.setenv("SOURCES__AMAZON__API_SECRET", IN_ENVIRONMENT)
    monkeypatch.setenv("COLUMNS", "500")  # a secret cut by the end of a line would not be found
    lessons = str(own_state / "notebooks")
    start = (
        "from pathlib import Path\nfrom course import cli, notebooks\nnotebooks.NOTEBOOKS = "
        f"Path({lessons!r})\ncli.main()"
    )

    def run(code, *options, **cells):
        two_lessons("02_second_thing.ipynb", code, **cells)
        return subprocess.run(
            [sys.executable, "-c", start, "run", *options],
            cwd=own_state,
            capture_output=True,
            text=True,
        )

    return run


def found(own_state, mailbox, told):
    """Where a planted secret can be read after a run, in any spelling."""
    secrets = [
        IN_ENVIRONMENT,
        "Planted-in-the-environment&lt;&amp;&gt;5",
        "Planted-in-the-environment%3C%26%3E5",
        IN_FILE,
        mailbox.password,
    ]
    texts = {"stdout": told.stdout.encode(), "stderr": told.stderr.encode()}
    texts |= {
        f"mail {number}": mail.get_content().encode() + str(mail["Subject"]).encode()
        for number, mail in enumerate(mailbox.mails)
    }
    files = [
        path
        for folder in ("runs", "data", "my_work")
        for path in (own_state / folder).rglob("*")
        if path.is_file()
    ]
    texts |= {path.relative_to(own_state).as_posix(): path.read_bytes() for path in files}
    assert any(name.endswith("trace.pickle") for name in texts) and any(
        name.endswith("run.json") for name in texts
    )
    return [
        (name, secret)
        for name, text in texts.items()
        for secret in secrets
        if secret.encode() in text
    ]


@pytest.mark.slow
def test_a_run_that_goes_well_leaves_no_secret(own_state, planted, mailbox):
    told = planted(f"fails = False{USES_THEM}other.run(amazon())")
    assert told.returncode == 0, told.stdout
    assert found(own_state, mailbox, told) == []
    shown = next((own_state / "runs").rglob("02_*.ipynb")).read_text(encoding="utf-8")
    assert "'SOURCES__AMAZON__API_SECRET': '***'" in shown
    assert mailbox.mails == []


def test_a_run_that_fails_with_secrets_in_its_error_leaves_none(own_state, planted, mailbox):
    told = planted(f"fails = True{USES_THEM}other.run(amazon())")
    assert told.returncode == 1
    assert "The alert was sent to 2 addresses." in told.stdout
    assert len(mailbox.mails) == 2
    report = next((own_state / "runs").rglob("report.html")).read_text(encoding="utf-8")
    for text in (told.stdout, report, mailbox.mails[0].get_content()):
        assert "PipelineStepFailed" in text
    assert "no answer to https://***@127.0.0.1/items?key=***" in told.stdout
    assert found(own_state, mailbox, told) == []


@pytest.mark.slow
def test_an_error_that_quotes_the_address_of_the_alert_does_not_give_it_away(
    own_state, planted, mailbox
):
    told = planted(f"fails = False{USES_THEM}raise ValueError(f'cannot reach {{known}}')")
    assert told.returncode == 1
    assert "ValueError: cannot reach" in mailbox.mails[0].get_content()
    assert found(own_state, mailbox, told) == []


def test_a_path_with_a_password_is_not_written_down(own_state, planted, mailbox):
    path = f"s3://watcher:{mailbox.password}@bucket"
    told = planted("print(path)", "--source", "files", "--path", path)
    assert told.returncode == 0, told.stdout
    runs = [path for path in (own_state / "runs").rglob("*") if path.is_file()]
    assert len(runs) == 4
    assert [file.name for file in runs if mailbox.password.encode() in file.read_bytes()] == []


def test_a_run_that_cannot_begin_does_not_quote_a_secret(planted, mailbox):
    told = planted("print('never')", "--from", IN_FILE)
    assert "There is no lesson ***." in told.stderr
    assert "There is no lesson ***." in mailbox.mails[0].get_content()
    assert IN_FILE not in told.stdout + told.stderr + mailbox.mails[0].get_content()


@pytest.mark.skipif(os.name == "nt", reason="a process is killed as Unix does it")
def test_a_run_that_is_killed_leaves_no_secret_either(own_state, planted):
    told = planted(
        "import os\nprint(os.environ['SOURCES__AMAZON__API_SECRET'])",
        last="os.kill(int(os.environ['JPY_PARENT_PID']), 9)",
    )
    assert told.returncode == -9
    shown = next((own_state / "runs").rglob("02_*.ipynb")).read_text(encoding="utf-8")
    assert "***" in shown
    assert IN_ENVIRONMENT not in shown


@pytest.mark.parametrize(
    ("name", "value", "text", "left"),
    [
        ("MY_API_TOKEN", "abcdef-1", "Bearer abcdef-1.", "Bearer ***."),
        ("DB_PASSWORD", "p@ss/word", "p%40ss%2Fword and p@ss/word", "*** and ***"),
        (
            "SERVICE_CREDENTIALS",
            'say "hi"',
            r'{"a": "say \"hi\""} say &quot;hi&quot;',
            '{"a": "***"} ***',
        ),
        ("SIGNING_KEY", "-----BEGIN-----\nMIIEvQIBADAN\n-----END-----", "MIIEvQIBADAN", "***"),
        (
            "STORE__CREDENTIALS",
            "postgresql://loader:Hidden-1@db/shop",
            "Hidden-1 is refused; loader, shop",
            "*** is refused; loader, shop",
        ),
        (
            "COURSE_ALERT_URLS",
            "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXr",
            "A1BRTD4JD, TIiajkdnlazkcOXr",
            "***, ***",
        ),
        (
            "COURSE_ALERT_URLS",
            "json://127.0.0.1/x?token=Hidden-1, json://u:Hidden-2@h",
            "Hidden-1 Hidden-2 127.0.0.1",
            "*** *** 127.0.0.1",
        ),
        ("TOKENIZERS_PARALLELISM", "false", "false positives", "false positives"),
        ("MAX_TOKENS", "100000", "100000 rows", "100000 rows"),
        ("HARMLESS", "anything", "anything", "anything"),
        ("HARMLESS", "", "at https://somebody:whatever@host/path", "at https://***@host/path"),
        ("HARMLESS", "", "http://127.0.0.1:8080/a@b", "http://127.0.0.1:8080/a@b"),
    ],
)
def test_secrets_are_masked_in_every_spelling_and_other_words_are_not(
    monkeypatch, name, value, text, left
):
    for known in [
        known for known in os.environ if re.search("TOKEN|SECRET|PASS|CREDENTIAL|KEY", known)
    ]:
        monkeypatch.delenv(known)
    monkeypatch.setenv(name, value)
    assert masked(text) == left
    assert masked({"text": [text, 1, None]}) == {"text": [left, 1, None]}


SECRET = "hunter2222"
D7 = {  # what stands in the environment, a text, what is left of it
    "a path that is a URL": (
        {},
        "/home/x/https:/joe:hunter2222@host/x",
        "/home/x/https:/***@host/x",
    ),
    "a password with a slash": ({}, "https://joe:hun/ter2222@host/x", "https://***@host/x"),
    "a password with an at": ({}, "ftp://joe:hunter@2222@host", "ftp://***@host"),
    "a token alone": (
        {},
        "https://0123456789abcdef0123@o1.ingest.sentry.io/2",
        "https://***@o1.ingest.sentry.io/2",
    ),
    "PAT": ({"GITHUB_PAT": SECRET}, "with hunter2222.", "with ***."),
    "webhook": (
        {"SLACK_WEBHOOK_URL": "https://h.example/services/T0AAAAAA1/xYz12345"},
        "xYz12345 at T0AAAAAA1",
        "*** at ***",
    ),
    "DSN": ({"SENTRY_DSN": "https://abcdef012345@o1.example/2"}, "key abcdef012345", "key ***"),
    "SAS": (
        {"STORE_SAS": "sv=2024&sig=hunter2222"},
        "sv=2024&sig=hunter2222 refused",
        "*** refused",
    ),
    "quoted in a settings file": ({"A_TOKEN": '"hunter2222"'}, "with hunter2222.", "with ***."),
    "in single quotes": ({"A_TOKEN": "'hunter2222'"}, "with hunter2222.", "with ***."),
    "a plus for a blank": ({"A_PASSWORD": "hunter 2222 &"}, "?q=hunter+2222+%26", "?q=***"),
    "lower case escapes": ({"A_PASSWORD": "hunter/2222?"}, "hunter%2f2222%3f", "***"),
    "a slash not escaped": ({"A_PASSWORD": "hunter/2222?"}, "hunter/2222%3F", "***"),
    "Python's repr": (
        {"A_PASSWORD": "hunter\\\n'2222"},
        repr({"x": "hunter\\\n'2222"}),
        "{'x': \"***\"}",
    ),
    "repr in a repr": ({"A_PASSWORD": "hun\\ter2222"}, repr(repr("hun\\ter2222")), "\"'***'\""),
    "bytes": ({"A_PASSWORD": "h\u00fcnter2222"}, repr("h\u00fcnter2222".encode()), "b'***'"),
    "JSON as it is read": (
        {"A_PASSWORD": 'h\u00fcn"ter'},
        json.dumps('h\u00fcn"ter', ensure_ascii=False),
        '"***"',
    ),
    "HTTP's Basic": (
        {"SHOP_URL": "https://joe:hunter2222@h"},
        "am9lOmh1bnRlcjIyMjI= and hunter2222",
        "*** and ***",
    ),
    "a database's address": (
        {"DATABASE_URL": "postgresql://joe:hunter2222@h/shop"},
        "hunter2222 for joe",
        "*** for joe",
    ),
    "a connection string": (
        {},
        "Server=h;User=joe;Password=hunter2222;",
        "Server=h;User=joe;Password=***;",
    ),
    "an account key": (
        {},
        "AccountName=a;AccountKey=aGVsbG8=;E=x",
        "AccountName=a;AccountKey=***;E=x",
    ),
    "one in the environment": (
        {"DB_CONNECTION_STRING": "h=x;Pwd=hunter2222;"},
        "hunter2222",
        "***",
    ),
    "Authorization": ({}, "{'Authorization': 'Bearer abc.def'}", "{'Authorization': 'Bearer ***'}"),
    "a header": ({}, "Authorization: Basic am9lOg==\nHost: h", "Authorization: Basic ***\nHost: h"),
    "a bearer token": ({}, "sent Bearer abcdef0123456789", "sent Bearer ***"),
    "a web token": ({}, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl it is", "*** it is"),
    "AWS": (
        {"AWS_SECRET_ACCESS_KEY": SECRET},
        "AKIAIOSFODNN7EXAMPLE and hunter2222",
        "*** and ***",
    ),
    "GitHub": ({}, "ghp_0123456789abcdefghijABCDEFGHIJ012345", "***"),
    "Slack": ({}, "xoxb-1234567890-abcdef", "***"),
    "a hook": (
        {},
        "https://hooks.slack.com/services/T0/B0/x1",
        "https://hooks.slack.com/services/***",
    ),
    "a signed address": (
        {},
        "https://h/x?sv=1&sig=hunter%2B22&se=2",
        "https://h/x?sv=1&sig=***&se=2",
    ),
    "settings as JSON": (
        {},
        '{"user": "joe", "password": "hunter2222"}',
        '{"user": "joe", "password": "***"}',
    ),
    "a key of a dict": ({"A_TOKEN": SECRET}, {"hunter2222": 1}, {"***": 1}),
    "a private key": (
        {},
        "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END",
        "-----BEGIN PRIVATE KEY-----***-----END",
    ),
}
NO_SECRETS = [
    "http://127.0.0.1:8080/a@b",
    "https://example.org:8443/x?key=1&page=2",
    "Bearer tokens are made anew at each start",
    "the password is wrong, the key parent_asin comes twice",
    "password: see the FAQ",
    "Authorization is needed",
    "select key, sum(tokens) from t where signature = 'x'",
    "mailto:joe@example.org, 12:30 joe@example.org",
    "author, patch, sass, design",
]


@pytest.fixture
def nothing_known(monkeypatch):
    from dlt_pipelines.masking import SECRET_NAME

    for known in [
        name for name, value in os.environ.items() if SECRET_NAME.search(name) or "@" in value
    ]:
        monkeypatch.delenv(known)


@pytest.mark.parametrize("name", D7)
def test_d7_a_secret_is_masked_however_it_is_called_and_spelt(nothing_known, monkeypatch, name):
    variables, text, left = D7[name]
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    assert masked(text) == left


@pytest.mark.parametrize("text", NO_SECRETS)
def test_d7_what_is_no_secret_stays(nothing_known, monkeypatch, text):
    for name in ("GIT_AUTHOR_NAME", "PATH_TO_X", "COMPASS", "SSH_AUTH_SOCK"):
        monkeypatch.setenv(name, "/design/patch")
    assert masked(text) == text


def test_d7_no_cell_of_a_lesson_or_a_solution_is_taken_for_a_secret(nothing_known):
    for path in [*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("solutions/*/*.ipynb")]:
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            shown = ["".join(cell["source"]), cell.get("outputs", [])]
            assert masked(shown) == shown


def test_d7_logs_are_masked_by_form_too(own_state):
    folder = find_target("dev").folder
    for name in (
        "dbt/logs/dbt.log",
        "dbt/logs/dbt.log.1",
        "dbt/target/run_results.json",
        "dlt/x.exception",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("at https://joe:hunter2222@host Password=hunter2222;")
    mask_logs(folder)
    texts = {path.read_text() for path in folder.rglob("*") if path.is_file()}
    assert texts == {"at https://**************@host Password=**********;"}


PATH = "https://joe:hunter2222@host/x"


def test_d7_a_path_with_a_password_is_told_nowhere(own_state, monkeypatch):
    """The pipeline's own command line, the note of who holds a target, and a lesson's stamp."""
    script = [sys.executable, str(ROOT / "dlt_pipelines" / "amazon_products_pipeline.py")]
    told = subprocess.run(
        [*script, "--source", "files", "--path", PATH], capture_output=True, text=True
    )
    assert (
        told.returncode == 1
        and "***@host" in told.stderr
        and SECRET not in told.stdout + told.stderr
    )
    monkeypatch.setattr(sys, "argv", ["course", "run", "--path", PATH])
    assert describe_command() == "course run --path https://***@host/x"
    Lesson("03", "files", PATH, "dev", "", False).stamp()
    files = [
        path
        for folder in ("data", "runs")
        for path in (own_state / folder).rglob("*")
        if path.is_file()
    ]
    assert files and not [path for path in files if SECRET.encode() in path.read_bytes()]


def test_d7_a_traceback_tells_no_secret(own_state, monkeypatch):
    """An error that nobody has put into words: a module of the course that fails, with a secret in
    its text.
    """
    code = (
        "from course import cli, history\nhistory.history = lambda *a: "
        "int('https://joe:hunter2222@host')\ncli.main()"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, "history"], capture_output=True, text=True, cwd=ROOT
    )
    assert (
        told.returncode == 1
        and ("ValueError: invalid literal for int() with base 10: 'https://***@host'")
        in told.stderr
    )
    assert SECRET not in told.stdout + told.stderr


def test_a_trace_can_still_be_read_after_it_was_masked(own_state, monkeypatch):
    import pickle

    monkeypatch.setenv("MY_API_TOKEN", "abcdef-1")
    trace = find_target("dev").dlt_folder / "pipelines" / "x" / "trace.pickle"
    trace.parent.mkdir(parents=True)
    trace.write_bytes(pickle.dumps({"error": "no answer with abcdef-1", "n": 1}))
    mask_logs(find_target("dev").folder)
    assert pickle.loads(trace.read_bytes()) == {"error": "no answer with ********", "n": 1}
