"""Tables in Markdown that are written by a program: each stands between two comments, of which the
first says what writes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping


def with_tables(text: str, tables: Mapping[str, Callable[[], str]]) -> str:
    """A text with its tables as these functions give them now, between `<!-- NAME: … -->` and `<!--
    end of NAME -->`.

    A table of another name stays as it is; one that the text has no place for is not made.
    """

    def fresh(found: re.Match[str]) -> str:
        return f"{found[1]}{tables[found[2]]()}\n{found[3]}" if found[2] in tables else found[0]

    return re.sub(r"(<!-- (\w+): .*? -->\n).*?(<!-- end of \2 -->)", fresh, text, flags=re.DOTALL)
