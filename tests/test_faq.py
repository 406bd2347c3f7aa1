"""Every error that the course raises has its entry in the FAQ, and the FAQ has no entry that is cut short."""

import re

from course.environment import ROOT

FAQ = (ROOT / "FAQ.md").read_text(encoding="utf-8")
ENTRIES = dict(re.findall(r"^## ([a-z-]+)\n(.+?)(?=^## |\Z)", FAQ, re.MULTILINE | re.DOTALL))


def raised() -> set[str]:
    named = set()
    for folder in ("course", "dlt_pipelines", "dbt_project"):
        for path in [p for kind in ("*.py", "*.sql") for p in (ROOT / folder).rglob(kind) if "target" not in p.parts]:
            named |= set(re.findall(r'faq="([a-z-]+)"|FAQ\.md#([a-z-]+)', path.read_text(encoding="utf-8")))
    named |= set(re.findall(r'faq="([a-z-]+)"|FAQ\.md#([a-z-]+)', (ROOT / "Makefile").read_text(encoding="utf-8")))
    return {a or b for a, b in named}


def test_every_error_has_its_entry():
    assert raised() - set(ENTRIES) == set()
    assert len(raised()) > 10


def test_every_entry_says_what_why_and_what_to_do():
    for name, text in ENTRIES.items():
        for part in ("**You see**", "**Why**", "**Do**"):
            assert part in text, name


def test_every_entry_is_in_the_list_at_the_top_and_every_link_leads_somewhere():
    assert set(re.findall(r"\]\(#([a-z-]+)\)", FAQ)) == set(ENTRIES)
    for name in ("README.md", "INSTRUCTORS.md"):
        assert set(re.findall(r"FAQ\.md#([a-z-]+)", (ROOT / name).read_text(encoding="utf-8"))) <= set(ENTRIES)
