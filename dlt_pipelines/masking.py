"""Secrets kept out of what the course writes and says."""

from __future__ import annotations

import base64
import html
import json
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote, unquote_plus

from dlt_pipelines.surroundings import secrets_folders

MASK = "***"
SHORTEST = 6  # what is shorter is found in half of all words, and is no secret for long
SECRET_NAME = re.compile(
    r"TOKEN|SECRET|PASS|CREDENTIAL|KEY|_PWD|ALERTS?_+URLS|WEBHOOK|DSN|JWT|BEARER|COOKIE|SIGNATURE|CONN(ECTION)?_*STR"
    r"|(?<![A-Z0-9])(PAT|SAS|SIG|PWD|AUTH|AUTHORIZATION)(?![A-Z0-9])",
    re.IGNORECASE,
)
NO_SECRET = ("PWD", "OLDPWD", "SSH_AUTH_SOCK")  # folders and a socket of the system's
NAMES = (
    r"(?:[\w.-]*(?:password|passwd|passphrase|secret|(?:api|access|account|private)_?key"
    r"|shared_?access_?(?:key|signature)|(?:auth|access|refresh|id|session|client)_?token"
    r"|security-token)|pwd|sig|x-amz-(?:signature|credential))"
)

# What is a secret by its form, whoever knows it. What has to stand before it is the group `kept`.
FORMS = [
    r"(?<=:/)(?P<kept>/?)[^\s:@/'\"<>]{0,200}:(?!\d{1,5}[/?#\s])"  # scheme://user:password@
    r"(?:[^\s/'\"<>]{1,500}|[^\s'\"<>@]{1,500})(?=@)",
    r"(?<=:/)(?P<kept>/?)[^\s:@/'\"<>]{16,500}(?=@)",  # scheme://token@
    r"(?i)(?P<kept>\bauthorization[\"']?\s*[:=]\s*[\"']?"
    r"(?:bearer|basic|token|digest|negotiate)\s+)[^\s\"',}{<>]+",
    r"(?i)(?P<kept>\bbearer\s+)(?=[a-z._~+/-]*\d)[\w.~+/-]{12,}=*",
    rf"(?i)(?P<kept>(?<![\w-]){NAMES}=[\"']?)[^\s;,&\"'(){{}}\[\]<>*]{{4,}}",  # Password=…; ?sig=…&
    # "password": "…"
    rf"(?i)(?P<kept>[\"']{NAMES}[\"']\s*:\s*[bru]?[\"'])[^\"'{{}}]{{4,}}(?=[\"'])",
    r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*",  # a JSON web token
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    r"\b(?:gh[pousr]_|github_pat_|glpat-|hf_|pypi-|npm_|sk-|sk_live_|rk_live_|dapi|dckr_pat_|shpat_|SG\.)"
    r"[\w.-]{20,}",
    r"\bxox[abeprs]-[\w-]{10,}",
    r"\bAIza[\w-]{30,}|\bya29\.[\w-]{20,}",
    r"(?P<kept>hooks\.slack\.com/services/)[\w/-]+",
    r"(?P<kept>discord(?:app)?\.com/api/webhooks/)[\w/-]+",
    r"(?P<kept>-----BEGIN [A-Z ]*PRIVATE KEY-----)[\w\s+/=\\]+?(?=-----END)",
]


def masked(content: Any) -> Any:
    """Content with every secret replaced by ***; of a list, or of a dict, each text in it.

    Secrets are the values of environment variables whose names look like it (…TOKEN, …SECRET,
    …PASSWORD, …KEY, …CREDENTIALS, …_PAT, …_SAS, …WEBHOOK…, …DSN, COURSE_ALERT_URLS), every value in
    dlt's secrets.toml, the passwords and tokens in URLs among these, the password in any URL of the
    environment, and what is a secret by its form (FORMS): user:password@ in a URL, what stands
    behind `Authorization:` and `Password=`, web tokens, keys of the big services. They are found as
    they stand, and escaped as in a URL, in HTML, in JSON, in Python or in base64. Not found: what
    is shorter than six characters, cut off, or encoded in another way.
    """
    return _replaced(
        content, [re.compile("|".join(map(re.escape, _known())) or r"(?!)"), *_forms()]
    )


def mask_logs(folder: Path) -> None:
    """Secrets overwritten, byte for byte, in the logs, traces and results that dlt and dbt leave
    below a folder."""
    known = re.compile(b"|".join(re.escape(text.encode()) for text in _known()) or rb"(?!)")
    patterns = [known, *(re.compile(form.encode()) for form in FORMS)]
    kinds = ("*.log", "*.log.*", "*.exception", "trace.pickle", "run_results.json")
    for path in {
        path
        for kind in kinds
        for path in folder.rglob(kind)
        if path.is_file() and not path.is_symlink()
    }:
        before = content = path.read_bytes()
        for pattern in patterns:
            content = pattern.sub(_starred, content)
        if content != before:
            path.write_bytes(content)


def _starred(found: re.Match[bytes]) -> bytes:
    kept = found.groupdict().get("kept") or b""
    return kept + b"*" * (len(found[0]) - len(kept))


def _forms() -> list[re.Pattern[str]]:
    return [re.compile(form) for form in FORMS]


def _replaced(content: Any, patterns: list[re.Pattern[str]]) -> Any:
    if isinstance(content, str):
        for pattern in patterns:
            content = pattern.sub(
                lambda found: (found.groupdict().get("kept") or "") + MASK, content
            )
        return content
    if isinstance(content, dict):
        return type(content)(
            {_replaced(key, patterns): _replaced(value, patterns) for key, value in content.items()}
        )
    if isinstance(content, list | tuple):
        return [_replaced(value, patterns) for value in content]
    return content


def _known() -> list[str]:
    """Every spelling of every secret, the longest first: a password may be part of an address."""
    spellings = {spelling for secret in _secrets() for spelling in _spellings(secret)}
    return sorted(spellings, key=lambda text: (-len(text), text))


def _secrets() -> Iterator[str]:
    named = {
        name: value
        for name, value in os.environ.items()
        if SECRET_NAME.search(name) and name not in NO_SECRET
    }
    for value in [*named.values(), *_in_secrets_toml()]:
        for text in (
            value,
            *re.split(r"\n|[\s,]+(?=\w+://)", value),
        ):  # a key has lines, and there may be several addresses
            yield text
            yield from _in_connection_string(text)
            if "://" in text:
                yield from _in_url(text)
    for name, value in os.environ.items():
        # DATABASE_URL, HTTPS_PROXY …
        if name not in named and re.search(r"://[^\s/]*:[^\s/]+@", value):
            yield from _passwords(value.partition("://")[2])


def _in_connection_string(text: str) -> Iterator[str]:
    """The passwords and keys in a text such as Server=…;Password=…; or host=… password=…"""
    for name, value in re.findall(r"([\w .-]+?)\s*=\s*([^;\s]+)", text):
        if SECRET_NAME.search(name.strip()):
            yield value


def _in_url(url: str) -> Iterator[str]:
    """The password, and what looks like a token, in a URL such as mailto://user:password@host or
    slack://A/B/C."""
    before, _, query = url.partition("://")[2].partition("?")
    yield from _passwords(before)
    yield from (
        piece
        for piece in re.split(r"[:@/]", before)
        if re.fullmatch(r"(?=.*[0-9A-Z])[^.]{8,}|[^.]{16,}", piece)
    )
    yield from (value for name, value in parse_qsl(query) if SECRET_NAME.search(name))


def _passwords(after_scheme: str) -> Iterator[str]:
    """The password before the host, and it with its user as HTTP's Basic has them."""
    for before in (after_scheme.partition("/")[0], after_scheme):  # a password may hold a slash
        user, _, password = before.rpartition("@")[0].partition(":")
        yield password
        yield (
            base64.b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode()
            if password
            else ""
        )


def _in_secrets_toml() -> Iterator[str]:
    """The values in the files that dlt reads: the project's own, and the one in the home folder."""
    for folder in secrets_folders():
        try:
            content = tomllib.loads((Path(folder) / "secrets.toml").read_text(encoding="utf-8"))
        except (OSError, ValueError):  # there is none, or dlt will say what is wrong with it
            continue
        yield from _leaves(content)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _leaves(part)
    elif not isinstance(value, bool):
        yield str(value)


ENCODINGS = (
    lambda text: quote(text, safe=""),
    quote,
    quote_plus,
    lambda text: re.sub(r"%[0-9A-F]{2}", lambda code: code[0].lower(), quote(text, safe="")),
    html.escape,
    lambda text: html.escape(text, quote=False),
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    lambda text: repr(text)[1:-1],
    lambda text: repr(text.encode("utf-8", "surrogateescape"))[2:-1],
    lambda text: base64.b64encode(text.encode("utf-8", "surrogateescape")).decode().rstrip("="),
    lambda text: (
        base64.urlsafe_b64encode(text.encode("utf-8", "surrogateescape")).decode().rstrip("=")
    ),
)


def _spellings(secret: str) -> Iterator[str]:
    """A secret as it may stand in a text: plain or encoded, once or twice (an error in an error),
    and without quotes around it."""
    secret = secret.strip()
    plain = {secret, secret.strip("\"'"), unquote(secret), unquote_plus(secret)}
    once = plain | {_encoded(encode, text) for text in plain for encode in ENCODINGS}
    twice = once | {_encoded(encode, text) for text in once for encode in ENCODINGS[4:10]}
    for text in twice:
        if (
            len(text) >= SHORTEST
            and len(secret) >= SHORTEST
            and not re.fullmatch(r"[\d.]{1,7}", text)
        ):
            yield text


def _encoded(encode, text: str) -> str:
    try:
        return encode(text)
    except UnicodeError:  # half a character
        return text
