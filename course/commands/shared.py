"""What the groups of commands share."""

from __future__ import annotations

import shutil
import sysconfig
from typing import Annotated

import typer

Target = Annotated[str, typer.Option(help="The folder below data/ to work on.")]


def script(name: str) -> str:
    """A command of this Python's own environment, whatever PATH says."""
    return shutil.which(name, path=sysconfig.get_path("scripts")) or name
