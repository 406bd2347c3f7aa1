"""dbt's parse of the project, made once and lent to each target that has none yet."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from course.environment import DBT_PROJECT, data_folder

FILE = "partial_parse.msgpack"
LENT = "lent"  # what the profile's hash is called in a parse that any warehouse may take


def shared() -> Path:
    """Where the parse lies that targets are lent."""
    return data_folder() / ".dbt" / FILE


@contextmanager
def lent(artefacts: Path, project: Path) -> Iterator[None]:
    """While the block calls dbt: a target without a parse takes the shared one, and where the
    course's own project was parsed anew, that parse is shared.

    dbt itself finds what differs in a target's project, or has changed since.
    """
    own, common = artefacts / FILE, shared()
    _take_any_warehouse()
    if common.exists() and not own.exists():
        artefacts.mkdir(parents=True, exist_ok=True)
        shutil.copy2(common, own)
    yield
    is_new = own.exists() and (not common.exists() or own.stat().st_mtime > common.stat().st_mtime)
    if is_new and project == DBT_PROJECT:
        with suppress(OSError):  # another process shares it just now, and Windows lets one at it
            _share(own, common)


def _share(own: Path, common: Path) -> None:
    import msgpack

    parse = msgpack.unpackb(own.read_bytes(), strict_map_key=False)
    parse["state_check"]["profile_hash"]["name"] = LENT
    common.parent.mkdir(parents=True, exist_ok=True)
    draft = common.with_name(f"{own.stat().st_ino}.new")
    draft.write_bytes(msgpack.packb(parse))
    draft.replace(common)  # whoever copies it gets a whole file


def _take_any_warehouse() -> None:
    """Have dbt take a lent parse: it would leave out any that was made for another path of the
    warehouse, on which nothing in it depends.
    """
    from dbt.parser.manifest import ManifestLoader

    original = ManifestLoader.is_partial_parsable
    if original.__name__ == "takes_lent":
        return

    def takes_lent(self, manifest):
        if manifest.state_check.profile_hash.name == LENT:
            manifest.state_check.profile_hash = self.manifest.state_check.profile_hash
        return original(self, manifest)

    ManifestLoader.is_partial_parsable = takes_lent
