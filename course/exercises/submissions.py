"""What learners have handed in: folders, zips and single notebooks, of which only regular files are
taken, and no link is followed."""

from __future__ import annotations

import os
import re
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from course.exercises.exercise_sets import ExerciseSet
from course.exercises.handed_in import LARGEST, marks, read_cells

JUNK = ("__macosx", "__pycache__", "thumbs.db", "desktop.ini")  # and whatever begins with a dot
MOST_FILES, DEEPEST, MOST_BYTES = 20_000, 20, 500_000_000


@dataclass
class Submission:
    """One learner's work: its regular files by their name in it (with slashes), and what had to be
    left out."""

    learner: str
    files: dict[str, Path] = field(default_factory=dict)
    left_out: dict[str, list[str]] = field(default_factory=dict)

    @property
    def remark(self) -> str:
        """What was left out, as words; empty where all was taken."""
        return "; ".join(
            f"left out, {why}: {', '.join(names[:3])}{' …' * (len(names) > 3)}"
            for why, names in self.left_out.items()
        )

    def leave_out(self, why: str, name: str) -> None:
        self.left_out.setdefault(why, []).append(name)


@dataclass(frozen=True)
class Found:
    """A learner's notebook of a set: its name in the submission, the file, and what is to be said
    about it."""

    name: str
    path: Path
    remarks: tuple[str, ...] = ()


def find_submissions(folder: Path, scratch: Path | None = None) -> list[Submission]:
    """One submission for each entry of a folder, by name; junk that systems leave there is none.

    A zip is unpacked into `scratch`. Where an entry can be no submission (a link, a pipe, a
    letter), that is its remark.
    """
    found: list[Submission] = []
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if _is_junk(entry.name):
            continue
        submission, path = Submission(_shown(entry.name)), Path(entry.path)
        mode = entry.stat(follow_symlinks=False).st_mode
        if stat.S_ISDIR(mode):
            _walk(submission, path)
        elif stat.S_ISREG(mode):
            submission.files[_shown(entry.name)] = path
        else:
            submission.leave_out(_kind(mode), submission.learner)
        if scratch is not None:
            _open_zips(submission, scratch)
        if stat.S_ISREG(mode):
            _name_by_stem(submission, entry.name, taken=[other.learner for other in found])
        found.append(submission)
    return found


def read_folder(folder: Path) -> Submission:
    """The submission that a folder holds, as it lies there."""
    submission = Submission(_shown(folder.name))
    _walk(submission, folder)
    return submission


def _name_by_stem(submission: Submission, name: str, taken: list[str]) -> None:
    """Of `ada.zip` and `ada.ipynb` the learner is ada, unless there is another one; any other file
    is not taken for work."""
    stem = re.sub(r"\.(zip|ipynb)$", "", submission.learner, flags=re.IGNORECASE)
    if stem == submission.learner:
        submission.files.clear()
        submission.leave_out("neither a folder nor a zip nor a notebook", submission.learner)
    elif stem not in taken:
        submission.learner = stem


def _is_junk(name: str) -> bool:
    return name.startswith(".") or name.lower() in JUNK


def _shown(name: str) -> str:
    """A file's name as text that can be written anywhere: no half characters, no line breaks."""
    text = os.fsencode(name).decode("utf-8", "replace")
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def _kind(mode: int) -> str:
    return "a link" if stat.S_ISLNK(mode) else "no regular file"


def _walk(submission: Submission, folder: Path) -> None:
    """Take in the regular files of a folder, by their names alone: nothing is opened."""
    waiting = [(folder, "")]
    while waiting:
        here, prefix = waiting.pop()
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError:
            submission.leave_out("it cannot be read", prefix)
            continue
        for entry in entries:
            name = prefix + _shown(entry.name)
            if _is_junk(entry.name):
                continue
            status = entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode) and prefix.count("/") < DEEPEST:
                waiting.append((Path(entry.path), name + "/"))
            elif not stat.S_ISREG(status.st_mode):
                submission.leave_out(
                    "too deep" if stat.S_ISDIR(status.st_mode) else _kind(status.st_mode), name
                )
            elif len(submission.files) >= MOST_FILES:
                submission.left_out.setdefault(f"more than {MOST_FILES:,} files", [name])
            elif status.st_size > LARGEST:
                submission.leave_out(f"larger than {LARGEST // 1_000_000} MB", name)
            else:
                submission.files[name] = Path(entry.path)


def _open_zips(submission: Submission, scratch: Path) -> None:
    """Unpack the zips of a submission, and those in them, and take their files in below the zip's
    name."""
    opened: set[str] = set()
    for _ in range(2):
        zips = [
            name
            for name in submission.files
            if name.lower().endswith(".zip") and name not in opened
        ]
        for name in zips[:20]:
            opened.add(name)
            try:
                _unpack(submission, name, scratch)
            except (
                OSError,
                ValueError,
                RuntimeError,
                NotImplementedError,
                zipfile.BadZipFile,
            ) as error:
                submission.leave_out(
                    f"a zip that cannot be unpacked ({' '.join(str(error).split())[:60]})", name
                )


def _unpack(submission: Submission, name: str, scratch: Path) -> None:
    room = MOST_BYTES
    with zipfile.ZipFile(submission.files[name]) as archive:
        for number, member in enumerate(archive.infolist()[:MOST_FILES]):
            inner = PurePosixPath(member.filename.replace("\\", "/"))
            shown = f"{name}/{_shown(inner.as_posix())}"
            if member.is_dir() or any(_is_junk(part) for part in inner.parts if part != ".."):
                continue
            mode = member.external_attr >> 16
            if inner.is_absolute() or ".." in inner.parts or ":" in inner.parts[0]:
                submission.leave_out("its name leads out of the zip", shown)
            elif stat.S_IFMT(mode) not in (0, stat.S_IFREG):
                submission.leave_out(_kind(mode), shown)
            elif member.file_size > min(LARGEST, room):
                submission.leave_out(
                    f"larger than {LARGEST // 1_000_000} MB, or too much together", shown
                )
            else:
                content = archive.open(member).read(
                    LARGEST + 1
                )  # never more, whatever the zip says of its size
                room -= len(content)
                path = scratch / f"{len(list(scratch.iterdir()))}-{number}"
                path.write_bytes(content)
                submission.files[shown] = path


def _bases(submission: Submission) -> Iterator[str]:
    """Where a my_work may begin in a submission: at its top, in a zip, or in a single folder that
    holds all the rest."""
    for top in ["", *(f"{name}/" for name in submission.files if name.lower().endswith(".zip"))]:
        base = top
        for _ in range(3):
            yield base
            inside = {
                name.removeprefix(base).split("/")[0]
                for name in submission.files
                if name.startswith(base) and name != base
            }
            single = next(iter(inside)) if len(inside) == 1 else ""
            if (
                not single
                or f"{base}{single}" in submission.files
                and not single.lower().endswith(".zip")
            ):
                break
            base = f"{base}{single}/"


def find_notebook(submission: Submission, exercise_set: ExerciseSet) -> Found | None:
    """A learner's notebook of a set, in a my_work or in a folder that holds one, also under another
    name; None where there is none.

    The name that it was released under comes first, then what a browser or a system makes of it
    (`03_exercises (1).ipynb`), then any notebook that holds the set's cells.
    """
    exact, named, others = [], [], []
    pattern = rf".*{exercise_set.source.stem}(?!.*\.new\d*\.ipynb).*\.ipynb(\.txt|\.json)?"
    for base in dict.fromkeys(_bases(submission)):
        for place in (f"{base}my_work/exercises/", f"{base}exercises/", base):
            folders = (f"{place}{exercise_set.name}/", place)
            exact += [
                name for name in [folders[0] + exercise_set.source.name] if name in submission.files
            ]
            beside = [
                name for folder in folders for name in submission.files if _lies_in(name, folder)
            ]
            named += [
                name
                for name in beside
                if re.fullmatch(pattern, name.rpartition("/")[2], re.IGNORECASE)
            ]
            others += [name for name in beside if name.lower().endswith(".ipynb")]
    if exact:
        also = [name for name in dict.fromkeys(named) if name not in exact]
        said = (f"also there, and not graded: {', '.join(also[:3])}",) if also else ()
        return Found(exact[0], submission.files[exact[0]], said)
    for name in [
        *sorted(dict.fromkeys(named), key=lambda name: -_changed_at(submission.files[name])),
        *_by_content(submission, others, exercise_set),
    ]:
        also = [other for other in dict.fromkeys(named) if other != name]
        why = f"graded from {name}" + (f" and not from {', '.join(also[:3])}" if also else "")
        return Found(name, submission.files[name], (why,))
    return None


def _lies_in(name: str, folder: str) -> bool:
    return name.startswith(folder) and "/" not in name[len(folder) :]


def _changed_at(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0


def _by_content(
    submission: Submission, names: list[str], exercise_set: ExerciseSet
) -> Iterator[str]:
    for name in dict.fromkeys(names):
        cells = read_cells(submission.files[name])
        if cells and marks(cells, exercise_set):
            yield name


def copy_beside(
    submission: Submission, found: Found, exercise_set: ExerciseSet, into: Path
) -> None:
    """Put what a learner has beside a notebook into a folder: the regular files of the set's
    folder, without the notebook itself."""
    into.mkdir(parents=True, exist_ok=True)
    folder = found.name.rpartition("/")[0]
    if folder.rpartition("/")[2] != exercise_set.name:
        return
    room = MOST_BYTES
    for name, path in submission.files.items():
        inner = name.removeprefix(f"{folder}/")
        if inner == name or name == found.name or room <= 0 or inner == exercise_set.source.name:
            continue
        content = path.read_bytes()
        room -= len(content)
        destination = into / inner
        destination.parent.mkdir(parents=True, exist_ok=True)
        destination.write_bytes(content)
