"""What a check says: a state, with a sign and a colour of its own, and a text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from course.exercises.exercise_sets import WORD
from course.links import with_links

STATES = ("not attempted", "not yet", "right")
# Each state has a sign of its own, and a colour that nobody takes for another's (white on it can be
# read; blue and orange differ for the colour-blind too).
SIGNS = {"not attempted": ("○", "#5f6368"), "not yet": ("✗", "#b04600"), "right": ("✓", "#0067a5")}


@dataclass(frozen=True)
class Verdict:
    """What a check says. `state` is one of STATES; `text` is Markdown."""

    state: str
    text: str
    hint: str = ""
    word: str = ""  # in a grading, of an answer that is right

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict:
        return {WORD: {"word": self.word}} if self.word else {}

    def _repr_markdown_(self) -> str:
        return with_links(self.text)

    def __repr__(self) -> str:
        text = re.sub(r"</?span[^>]*>|```\w*\n?|\*\*", "", self.text)
        return text.replace("&nbsp;", "").replace("  \n", "\n").strip()


def headed(state: str, heading: str) -> str:
    """The first words of a verdict, with the sign and the colour of its state."""
    sign, colour = SIGNS[state]
    style = f"background-color:{colour};color:#ffffff"
    return f'<span style="{style}">&nbsp;{sign}&nbsp;**{heading}**&nbsp;</span>'
