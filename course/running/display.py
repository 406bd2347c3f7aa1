"""What a run shows while it is at work: a line for each lesson that has begun."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from course.notebooks import LessonFile
from dlt_pipelines.deletion import delete

MARKS = {
    "ok": "[green]done[/]",
    "failed": "[red]failed[/]",
    "interrupted": "[yellow]interrupted[/]",
}


class _Told(ProgressColumn):
    """What a lesson's long step tells of itself, from the file that `COURSE_PROGRESS` names to its
    notebook.
    """

    def render(self, task: Task) -> Text:
        file: Path = task.fields["file"]
        told = file.read_text(encoding="utf-8") if file.exists() and not task.finished else ""
        return Text(told, style="dim", overflow="ellipsis", no_wrap=True)


class Display(Progress):
    """The lines, in the order of the lessons."""

    def __init__(self, lessons: list[LessonFile], folder: Path, console: Console) -> None:
        super().__init__(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("cells"),
            TimeElapsedColumn(),
            _Told(),
            console=console,
        )
        self._folder = folder
        self._lines: dict[LessonFile, TaskID] = {
            lesson: self.add_task(
                lesson.name, start=False, visible=False, file=self.told_by(lesson)
            )
            for lesson in lessons
        }

    def told_by(self, lesson: LessonFile) -> Path:
        """The file into which a lesson writes how far it is."""
        return self._folder / f"progress-{lesson.number}.txt"

    def begin(self, lesson: LessonFile, cells: int) -> None:
        self.update(self._lines[lesson], total=cells, visible=True)
        self.start_task(self._lines[lesson])

    def cell_done(self, lesson: LessonFile) -> None:
        self.advance(self._lines[lesson])

    def end(self, lesson: LessonFile, status: str) -> None:
        """Stop a lesson's line. status: ok, failed or interrupted."""
        delete(self.told_by(lesson), inside=self._folder)
        self.update(self._lines[lesson], description=f"{lesson.name} {MARKS[status]}")
        self.stop_task(self._lines[lesson])
