"""Secrets kept out of what the course writes and says."""

from __future__ import annotations

import html
import json
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from dlt_pipelines.surroundings import secrets_folders

MASK = "***"
SHORTEST = 6  # what is shorter is found in half of all words, and is no secret for long
SECRET_NAME = re.compile(r"TOKEN|SECRET|PASS|CREDENTIAL|KEY|_PWD|ALERTS?_+URLS", re.IGNORECASE)
IN_A_URL = re.compile(r"(?<=://)[^\s:@/'\"]*:[^\s@/'\"]+(?=@)")  # user:password@, known or not


def masked(content: Any) -> Any:
    """Content with every secret replaced by ***; of a list, or of the values of a dict, each text in it.

    Secrets are the values of environment variables whose names look like it (…TOKEN, …SECRET, …PASSWORD, …KEY,
    …CREDENTIALS, COURSE_ALERT_URLS), every value in dlt's secrets.toml, the passwords and tokens in URLs among these,
    and user:password@ in any URL. They are found as they stand, and escaped as in a URL, in HTML or in JSON. Not found:
    what is shorter than six characters, cut off, or encoded in another way.
    """
    return _replaced(content, re.compile("|".join(map(re.escape, _known())) or r"(?!)"))


def mask_logs(folder: Path) -> None:
    """Secrets overwritten, byte for byte, in the logs and traces that dlt and dbt leave below a folder."""
    known = re.compile(b"|".join(re.escape(text.encode()) for text in _known()) or rb"(?!)")
    for path in [path for kind in ("*.log", "*.exception", "trace.pickle") for path in folder.rglob(kind)]:
        content = path.read_bytes()
        if known.search(content):
            path.write_bytes(known.sub(lambda found: b"*" * len(found[0]), content))


def _replaced(content: Any, known: re.Pattern) -> Any:
    if isinstance(content, str):
        return IN_A_URL.sub(MASK, known.sub(MASK, content))
    if isinstance(content, dict):
        return type(content)({key: _replaced(value, known) for key, value in content.items()})
    if isinstance(content, list | tuple):
        return [_replaced(value, known) for value in content]
    return content


def _known() -> list[str]:
    """Every spelling of every secret, the longest first: a password may be part of an address."""
    spellings = {spelling for secret in _secrets() for spelling in _spellings(secret)}
    return sorted(spellings, key=lambda text: (-len(text), text))


def _secrets() -> Iterator[str]:
    values = [value for name, value in os.environ.items() if SECRET_NAME.search(name)]
    for value in [*values, *_in_secrets_toml()]:
        for text in (value, *re.split(r"\n|[\s,]+(?=\w+://)", value)):  # a key has lines, and there may be several addresses
            yield text
            if "://" in text:
                yield from _in_url(text)


def _in_url(url: str) -> Iterator[str]:
    """The password, and what looks like a token, in a URL such as mailto://user:password@host or slack://A/B/C."""
    before, _, query = url.partition("://")[2].partition("?")
    yield before.partition("/")[0].rpartition("@")[0].partition(":")[2]
    yield before.rpartition("@")[0].partition(":")[2]  # a password may hold a slash
    yield from (piece for piece in re.split(r"[:@/]", before) if re.fullmatch(r"(?=.*[0-9A-Z])[^.]{8,}|[^.]{16,}", piece))
    yield from (value for name, value in parse_qsl(query) if SECRET_NAME.search(name))


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


def _spellings(secret: str) -> Iterator[str]:
    secret = secret.strip()
    for plain in {secret, unquote(secret)}:
        for text in (plain, quote(plain, safe=""), html.escape(plain), html.escape(plain, quote=False), json.dumps(plain)[1:-1]):
            if len(text) >= SHORTEST and not re.fullmatch(r"[\d.]{1,7}", text):
                yield text
